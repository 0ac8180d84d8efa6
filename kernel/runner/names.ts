/**
 * @file The names that cells share. A cell's `const x` is a property of globalThis from the moment the cell has come to
 * it; until then the cell itself finds the name dead, as in any program, and everybody else finds what it was before.
 */
import { type CellRun, runningCell } from './cell.js';
import type { CompiledCell } from './ipc.js';
import { callerOf } from './realm.js';

/**
 * Cells' own values of names that are globals too, `const URL = …`: the compiler has cells read them here. Libraries
 * and this kernel go on with the globals.
 */
const own: object = Object.create(null) as object;

type Read = () => unknown;

/** The names of one run of a cell, as its compiled text reaches them. */
export class CellNames {
  readonly own = own;
  /** `let.x = 1` begins a name that may be given other values; `const.x = 1` one that may not. */
  readonly let = this.#door(true);
  readonly const = this.#door(false);
  /** Names to come, with what they were. */
  readonly #waiting = new Map<string, PropertyDescriptor | undefined>();
  /** What a `var` hides while its cell has not failed. */
  readonly #hidden = new Map<string, PropertyDescriptor | undefined>();
  readonly #own: ReadonlySet<string>;

  constructor(
    private readonly run: CellRun,
    private readonly cell: CompiledCell,
  ) {
    this.#own = new Set(cell.own);
  }

  /** Gives every name of the cell its place. @throws TypeError where globalThis has one that cannot be changed */
  declare(): void {
    const early = new Set(this.cell.early);
    for (const name of this.cell.names) {
      const old = Object.getOwnPropertyDescriptor(this.#home(name), name);
      if (old?.configurable === false) this.#define(name, old);
      if (early.has(name)) {
        this.#hidden.set(name, old);
        this.begin(name, { value: undefined, writable: true });
      } else {
        this.#waiting.set(name, old);
        this.#define(name, this.#dead(name, old));
      }
    }
  }

  /** Gives a name its value, or what it is read by. */
  begin(name: string, descriptor: PropertyDescriptor): void {
    this.#waiting.delete(name);
    this.#define(name, descriptor);
  }

  /** The names that the cell did not come to: they are again what they were. */
  end(failed: boolean): string[] {
    const missed = [...this.#waiting];
    if (failed) {
      for (const [name, old] of this.#hidden)
        if (Object.getOwnPropertyDescriptor(this.#home(name), name)?.value === undefined)
          missed.push([name, old]);
    }
    for (const [name, old] of missed) {
      if (old?.configurable === false) continue;
      if (old) this.#define(name, old);
      else if (this.#own.has(name)) this.#define(name, globally(name));
      else Reflect.deleteProperty(globalThis, name);
    }
    this.#waiting.clear();
    this.#hidden.clear();
    return missed.map(([name]) => name);
  }

  #home(name: string): object {
    return this.#own.has(name) ? own : globalThis;
  }

  #define(name: string, descriptor: PropertyDescriptor): void {
    const full = { enumerable: true, ...descriptor, configurable: true };
    if (!Reflect.defineProperty(this.#home(name), name, full))
      throw new TypeError(
        `cannot declare ${name}: globalThis has a property of that name that is fixed; take another`,
      );
  }

  #dead(name: string, old: PropertyDescriptor | undefined): PropertyDescriptor {
    const refuse = (): void => {
      if (this.#isAskedByCell()) throw new ReferenceError(`Cannot access '${name}' before initialization`);
      if (!old && !this.#own.has(name)) throw new ReferenceError(`${name} is not defined`);
    };
    const { get, set } = readAndWrite(old ?? globally(name));
    return {
      get: () => {
        refuse();
        return get();
      },
      set: (value: unknown) => {
        refuse();
        set(value);
      },
    };
  }

  /** Whether the cell's own text reads or writes a name just now, and not a function of an earlier cell that it calls. */
  #isAskedByCell(): boolean {
    if (runningCell() !== this.run) return false;
    const file = callerOf(/runner-code|^node:/);
    return file === undefined || file.endsWith(`/cell-${this.run.id}.ts`);
  }

  #door(writable: boolean): object {
    return new Proxy(
      {},
      {
        set: (_, name, value) => {
          this.begin(name as string, { value, writable });
          return true;
        },
      },
    );
  }
}

/** The global of a name, for one of the cells' own that none has come to. */
function globally(name: string): PropertyDescriptor {
  return {
    get: () => Reflect.get(globalThis, name),
    set: (value: unknown) => Reflect.set(globalThis, name, value),
  };
}

function readAndWrite(descriptor: PropertyDescriptor): { get: Read; set: (value: unknown) => void } {
  if ('value' in descriptor)
    return { get: () => descriptor.value as unknown, set: (value) => (descriptor.value = value) };
  return {
    get: () => descriptor.get?.call(globalThis) as unknown,
    set: (value) => descriptor.set?.call(globalThis, value),
  };
}
