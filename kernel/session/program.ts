/** @file The notebook as one TypeScript program of one file: the cell in hand, below what earlier cells left behind. */
import type { Shown } from './composer.js';
import { readDeclarations } from './declarations.js';
import { Header, type Snapshot } from './header.js';
import { extend, infer, type Inferred, type Place } from './inference.js';
import { LocalFiles } from './local-files.js';
import { conditionNames } from './narrowing.js';
import { scopeCompletions } from './scope.js';
import { type Completion, Compiler, type Diagnostic } from './tsc.js';
import { Workspace } from './workspace.js';

/** Node's types are loaded in the quiet after a start, or when a cell needs them. */
const WARM_UP_MS = 1000;
/** TS7016: a package without types is of type any in a notebook, not a reason to stop. */
const TOLERATED: ReadonlySet<number> = new Set([7016]);
/** Cannot find a module: there may be one since the compiler looked. */
const MISSING: ReadonlySet<number> = new Set([2307, 2732, 2792, 2882]);
const MISSING_IN_MODULE = /Cannot find (module|package)/;
const SPECIFIER = /(?:from|import|import\(|require\()\s*(['"])(.*?)\1/g;

/** What the end of a cell has to do with the types of its names. */
export interface Ending {
  error?: { message: string };
  /** Names whose declarations were not reached. */
  missed?: readonly string[];
}

export class Program {
  readonly #local = new LocalFiles();
  /** What is imported, as when the local files were last listed. */
  #imports = '';
  readonly #earlier = new Header();
  #workspace!: Workspace;
  #text = '';
  #compiler: Compiler;
  #opened: Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #shown: Shown = { text: '', versions: new Map() };
  #ends: ReadonlyMap<string, number> = new Map();
  /** Settled when the names of the cells before are known as they came out. */
  #settled: Promise<unknown> = Promise.resolve();
  /** A module did not find another: there may be one since. */
  #isStale = false;
  /** Counts the times that everything was forgotten. */
  #era = 0;
  #globals: readonly Completion[] | undefined;
  #closed = false;
  /** Node's types are not loaded yet. */
  #isLean = true;
  #jsx: string | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(private cwd: string) {
    [this.#compiler, this.#opened] = this.#start();
  }

  #start(): [Compiler, Promise<void>] {
    this.#workspace = new Workspace(this.cwd, this.#jsx);
    this.#local.clear();
    this.#text = '';
    this.#imports = '';
    const compiler = new Compiler(this.cwd);
    const opened = compiler.open(this.#workspace.lean);
    opened.catch(() => {});
    this.#isLean = true;
    this.#soon = setTimeout(
      () => void this.#exclusive(() => Promise.resolve()).catch(() => {}),
      WARM_UP_MS,
    ).unref();
    return [compiler, opened];
  }

  get #cell(): string {
    return this.#workspace.cell;
  }

  get #offset(): number {
    return this.#shown.text.length;
  }

  get pid(): number | undefined {
    return this.#compiler.pid;
  }

  /** Problems in a cell's own text, at UTF-16 offsets of it; none once it is no longer asked for. */
  async check(source: string, stop?: AbortSignal): Promise<Diagnostic[]> {
    await this.#settled;
    // A first cell that is right by the language's own library is right: the rest is loaded after it.
    if (this.#isLean && this.#earlier.isEmpty && !/\b(import|require)\b/.test(source)) {
      const found = await this.#exclusive(() => this.#look(source, stop), true);
      if (!found.length) return found;
    }
    return this.#exclusive(() => this.#look(source, stop));
  }

  async #look(source: string, stop?: AbortSignal): Promise<Diagnostic[]> {
    if (stop?.aborted) return [];
    await this.#show(source, true);
    const found = await this.#diagnose(source.length);
    if (!this.#isStale && !found.some(({ code }) => MISSING.has(code))) return found;
    this.#isStale = false;
    this.#workspace.link();
    await this.#compiler.lookAgain();
    await this.#watchLocal();
    return this.#diagnose(source.length);
  }

  async #diagnose(length: number): Promise<Diagnostic[]> {
    const offset = this.#offset;
    const inCell = (d: Diagnostic): boolean =>
      d.fileName === this.#cell && d.pos >= offset && d.category === 1 && !TOLERATED.has(d.code);
    // What is missing at the end of a cell is reported at the text that follows it.
    const within = (position: number): number => Math.min(position - offset, length);
    const move = (d: Diagnostic): Diagnostic => ({ ...d, pos: within(d.pos), end: within(d.end) });
    const isOurs = (d: Diagnostic): boolean => this.#ends.size > 0 && d.pos > offset + length;
    const all = await this.#compiler.diagnostics(this.#cell);
    const found = all.filter((d) => inCell(d) && !isOurs(d)).map(move);
    // One report for a place: after a missing bracket the parser has many complaints about the same spot.
    return found.filter((d, i) => !i || d.pos > found[i - 1]!.pos + 1);
  }

  /**
   * Makes what a cell declares known to later cells, with the types the compiler inferred: at once, and, when the cell
   * has ended, as it came out. A name that was not reached is what it was before.
   */
  commit(source: string, ending: Promise<Ending>): void {
    const { declared, additions, augmentations } = readDeclarations(source);
    const read = this.#exclusive(async () => {
      await this.#show(source, true);
      if (!declared.length && !additions.length && !augmentations.length && !this.#ends.size)
        return undefined;
      const place: Place = { file: this.#cell, offset: this.#offset, ends: this.#ends };
      const { versions } = this.#shown;
      const inferred = await infer(this.#compiler, place, source, readDeclarations(source));
      const before = this.#earlier.snapshot();
      this.#earlier.declare(declared, inferred.types, new Map([...versions, ...inferred.locals]));
      for (const augmentation of augmentations) this.#earlier.augment(augmentation);
      return { source, inferred, before, versions, era: this.#era };
    }).catch(() => undefined);
    const last = this.#settled;
    const settle = async (): Promise<void> => {
      const [committed, ended] = await Promise.all([
        read,
        ending.catch((error: Error): Ending => ({ error })),
        last,
      ]);
      this.#isStale ||= MISSING_IN_MODULE.test(ended.error?.message ?? '');
      if (committed && committed.era === this.#era) this.#settle(committed, ended);
    };
    this.#settled = settle();
  }

  #settle({ source, inferred, before, versions }: Committed, { error, missed = [] }: Ending): void {
    const { declared, additions } = readDeclarations(source);
    const narrowed = error ? new Map<string, string>() : this.#narrowed(source, inferred);
    if (missed.length || narrowed.size) {
      this.#earlier.restore(before);
      const reached = declared.filter(({ space, name }) => space === 'type' || !missed.includes(name));
      this.#earlier.declare(reached, inferred.types, new Map([...versions, ...inferred.locals]));
      this.#earlier.narrow(narrowed, versions);
    }
    const isReached = (at: number): boolean => !declared.some((d) => d.at < at && missed.includes(d.name));
    for (const extension of inferred.extensions)
      if (isReached(additions.find(({ at }) => at === extension.addition.at)!.at))
        extend(this.#earlier, extension);
  }

  /** Constants whose type is another at the end of the cell than where it was declared. */
  #narrowed(source: string, { types, narrowed }: Inferred): Map<string, string> {
    const { declared } = readDeclarations(source);
    const known = (name: string): string | undefined => {
      const item = declared.findLast((d) => d.name === name);
      return (item && types.get(item)) ?? item?.text ?? this.#earlier.declaration(name);
    };
    return new Map(
      [...narrowed].filter(
        ([name, type]) => type !== 'never' && known(name) !== type && !known(name)?.endsWith(`: ${type}`),
      ),
    );
  }

  /** Completions at an offset of a cell's text. */
  complete(source: string, offset: number): Promise<readonly Completion[]> {
    return this.#exclusive(async () => {
      await this.#show(source);
      const atName = this.#compiler.completions(this.#cell, this.#offset + offset);
      return atName.catch((error: Error) => {
        if (!/auto imports/.test(error.message)) throw error;
        return this.#scope(source, offset);
      });
    });
  }

  async #scope(source: string, offset: number): Promise<readonly Completion[]> {
    this.#globals ??= await this.#membersOf('globalThis');
    return scopeCompletions(source, offset, this.#globals, this.#earlier.entries({ imports: true }));
  }

  async #membersOf(expression: string): Promise<readonly Completion[]> {
    await this.#show(`${expression}.`);
    return this.#compiler.completions(this.#cell, this.#offset + expression.length + 1);
  }

  /** The symbol at an offset: its kind and name, type, documentation and tags. */
  describe(source: string, offset: number): Promise<SymbolDescription | undefined> {
    return this.#exclusive(async () => {
      await this.#show(source);
      const at = this.#offset + offset;
      const [local] = await this.#compiler.symbolsAt(this.#cell, [at]);
      if (!local) return undefined;
      const isAlias = (local.flags & ALIAS) !== 0;
      const symbol = isAlias ? await this.#compiler.aliased(local) : local;
      const [type, documentation, tags] = await Promise.all([
        this.#compiler.typeTexts(this.#cell, [local]),
        this.#compiler.documentation(symbol),
        this.#compiler.tags(symbol),
      ]);
      return { name: local.name, flags: symbol.flags, type: type[0]!, documentation, tags };
    });
  }

  /** The declaration kept for a name of an earlier cell. */
  declaration(name: string): string | undefined {
    return this.#earlier.declaration(name);
  }

  /** Names of earlier cells with their declarations, imports left out. */
  async variables(): Promise<[string, string][]> {
    await this.#settled;
    return this.#exclusive(() => Promise.resolve(this.#earlier.entries({ imports: false })));
  }

  /** Forgets everything, as after a restart of the runner; in its turn, so that no earlier cell is still to come. */
  reset(): Promise<void> {
    return this.#exclusive(async () => {
      this.#era++;
      this.#earlier.clear();
    });
  }

  /** Starts anew in a folder, with the names kept: packages there are found by a fresh look at the disk. */
  restart(cwd = this.cwd, jsx = this.#jsx): void {
    this.cwd = cwd;
    this.#jsx = jsx || undefined;
    this.#compiler.close();
  }

  close(): void {
    this.#closed = true;
    this.#compiler.close();
  }

  /** One question at a time: they all speak about the one cell file. One that a compiler died of is asked once more. */
  #exclusive<T>(body: () => Promise<T>, lean = false): Promise<T> {
    const ask = async (): Promise<T> => {
      if (!this.#compiler.alive && !this.#closed) {
        this.#workspace.close();
        [this.#compiler, this.#opened] = this.#start();
      }
      await this.#opened;
      if (this.#isLean && !lean) await this.#loadAll();
      return body();
    };
    const turn = this.#last.then(ask).catch((error: unknown) => {
      if (this.#compiler.alive || this.#closed) throw error;
      return ask();
    });
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #loadAll(): Promise<void> {
    clearTimeout(this.#soon);
    await this.#compiler.open(this.#workspace.config);
    this.#isLean = false;
  }

  /** @param withEnd also asks what conditions have narrowed at the end */
  async #show(source: string, withEnd = false): Promise<void> {
    this.#shown = this.#earlier.show(source);
    const before = this.#shown.text + source;
    const tail = withEnd ? this.#tail(source, before.length) : '';
    const text = before + tail;
    const saved = this.#local.changes();
    if (this.#text === text && !saved) return;
    this.#workspace.write(text);
    this.#text = text; // only now: the disk may be full
    await this.#compiler.changed({ ...saved, changed: [this.#cell, ...(saved?.changed ?? [])] });
    const imports = [...text.matchAll(SPECIFIER)].map(([, , specifier]) => specifier).join();
    if (saved || imports !== this.#imports) await this.#watchLocal();
    this.#imports = imports;
  }

  /** References to the names that a condition may have narrowed, to ask for their types there. */
  #tail(source: string, at: number): string {
    const names = this.#earlier.constants(
      source,
      conditionNames(source, (name) => this.#earlier.asserts(name)),
    );
    let text = names.length ? '\n;[' : '';
    const ends = new Map<string, number>();
    for (const name of names) {
      ends.set(name, at + text.length);
      text += `${name}, `;
    }
    this.#ends = ends;
    return text && `${text}];`;
  }

  /** Local modules are looked at again before each cell: they are edited beside the notebook. */
  async #watchLocal(): Promise<void> {
    this.#local.watch(await this.#compiler.sourceFiles(), this.#cell);
  }
}

/** A cell's names as they are known while it runs. */
interface Committed {
  source: string;
  inferred: Inferred;
  /** What was known before it. */
  before: Snapshot;
  versions: Shown['versions'];
  era: number;
}

/** SymbolFlags.Alias of the compiler: an import, to be followed to what it names. */
const ALIAS = 1 << 21;

export interface SymbolDescription {
  name: string;
  flags: number;
  type: string;
  documentation: string;
  tags: readonly { name: string; text?: string }[];
}
