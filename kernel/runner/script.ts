/** @file A cell's compiled text as a script of V8's, and the link by which it reaches the runner. */
import vm from 'node:vm';
import type { CellRun } from './cell.js';
import { Disposables } from './disposables.js';
import type { CompiledCell } from './ipc.js';
import type { Modules } from './modules.js';
import { CellNames } from './names.js';
import { property } from './safely.js';
import { mapSyntaxError, traceCell } from './stack.js';
import type { PHASES } from './watchdog.js';

/** What compiled cells call; the names are those that rewrite.ts and lower.ts write. */
export class CellLink {
  value: unknown;
  readonly meta: object;
  readonly own: object;
  readonly let: object;
  readonly const: object;
  readonly #disposables = new Disposables();

  constructor(
    private readonly names: CellNames,
    private readonly modules: Modules,
  ) {
    this.meta = modules.resolution.cellMeta;
    ({ own: this.own, let: this.let, const: this.const } = names);
  }

  /** A static import: every imported name of the module under its local one, or just asked for where that is empty. */
  import = async (
    specifier: string,
    imported: readonly [name: string, local: string][],
    type?: string,
  ): Promise<void> => {
    const bindings = await this.modules.bindings(specifier, count(imported), type);
    bindings.forEach((descriptor, i) => {
      const local = imported[i]![1];
      if (local) this.names.begin(local, descriptor);
    });
  };

  /** `using`: kept until the cell has ended. */
  using = <T>(value: T, isAsync = false): T => this.#disposables.use(value, isAsync);

  /** Disposes of what the cell has been using. @param failed what the cell has thrown, in a list of one */
  dispose(failed: readonly unknown[]): Promise<void> {
    return this.#disposables.dispose(failed);
  }
}

/** A list of the cell's own realm, whose iteration a cell may have changed, read by its indices. */
function count(imported: readonly [string, string][]): string[] {
  const names: string[] = [];
  for (let i = 0; i < imported.length; i++) names.push(imported[i]![0]);
  return names;
}

/** What a cell's script hands its body to. There is something there only while a script begins. */
let take: ((body: (link: CellLink) => unknown) => void) | undefined;
Object.defineProperty(globalThis, '__d2lRun', { get: () => take });

/** What a script tells of its way, for Stop. */
export interface Passage {
  enter(phase: keyof typeof PHASES): void;
  /** Whether it is a Stop of now that has broken the script. */
  isStopped(): boolean;
}

/**
 * A cell's text, compiled.
 * @returns what begins it; breakOnSigint turns Stop into an ordinary error inside its synchronous part
 * @throws SyntaxError that V8 alone has noticed
 */
export function compileScript(
  cell: CompiledCell,
  run: CellRun,
  modules: Modules,
): (link: CellLink, passage: Passage) => unknown {
  const filename = `${modules.resolution.folder}cell-${run.id}.ts`;
  traceCell(filename, cell);
  const script = parsed(cell.code, filename, modules);
  return (link, passage) => {
    let ended: unknown;
    let hasBegun = false;
    take = (body) => {
      take = undefined;
      hasBegun = true;
      passage.enter('inside');
      try {
        ended = body(link);
      } finally {
        passage.enter('changing');
      }
    };
    passage.enter('changing');
    try {
      script.runInThisContext({ breakOnSigint: true });
    } catch (error) {
      if (!wasBroken(error)) throw error;
      // The signal came at the script's very end: what the cell does from here is for the watchdog to stop.
      if (ended !== undefined) return ended;
      // One that is late for the cell before; of this one nothing has run yet.
      if (hasBegun || passage.isStopped()) throw error;
      script.runInThisContext({ breakOnSigint: true });
    } finally {
      passage.enter('outside');
    }
    return ended;
  };
}

function parsed(code: string, filename: string, modules: Modules): vm.Script {
  const load = (specifier: string, _script: unknown, attributes?: { type?: string }): Promise<object> =>
    modules.import(specifier, undefined, attributes?.type);
  try {
    return new vm.Script(code, { filename, importModuleDynamically: load as never });
  } catch (error) {
    mapSyntaxError(error as Error);
    throw error;
  }
}

/** Whether Stop ended a cell's synchronous code. */
export function wasBroken(thrown: unknown): boolean {
  return property(thrown, 'code') === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}
