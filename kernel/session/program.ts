/** @file The notebook as one TypeScript program of one file: the cell in hand, below what earlier cells left behind. */
import { statSync } from 'node:fs';
import { type Addition, type Declared, readDeclarations } from './declarations.js';
import { Header, memberText } from './header.js';
import { scopeCompletions } from './scope.js';
import { type Completion, Compiler, type Diagnostic, type SymbolRef } from './tsc.js';
import { Workspace } from './workspace.js';

/** Node's types are loaded in the quiet after a start, or when a cell needs them. */
const WARM_UP_MS = 1000;
/** TS7016: a package without types is of type any in a notebook, not a reason to stop. */
const TOLERATED: ReadonlySet<number> = new Set([7016]);
/** An import of a file of the user's own. */
const LOCAL_IMPORT = /(?:from|import|import\()\s*['"]\.{0,2}\//;

export class Program {
  /** Local modules the compiler has read, with the time they were last saved. */
  readonly #local = new Map<string, number>();
  readonly #earlier = new Header();
  #workspace!: Workspace;
  #text = '';
  #compiler: Compiler;
  #opened: Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #header = '';
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

  /** Files of the user's own that were saved since the compiler read them. */
  #saved(): string[] {
    return [...this.#local].filter(([path, time]) => changeTime(path) !== time).map(([path]) => path);
  }

  get pid(): number | undefined {
    return this.#compiler.pid;
  }

  /** Problems in a cell's own text, at UTF-16 offsets of it; none once it is no longer asked for. */
  async check(source: string, stop?: AbortSignal): Promise<Diagnostic[]> {
    // A first cell that is right by the language's own library is right: the rest is loaded after it.
    if (this.#isLean && this.#earlier.isEmpty && !/\b(import|require)\b/.test(source)) {
      const found = await this.#exclusive(() => this.#look(source, stop), true);
      if (!found.length) return found;
    }
    return this.#exclusive(() => this.#look(source, stop));
  }

  async #look(source: string, stop?: AbortSignal): Promise<Diagnostic[]> {
    if (stop?.aborted) return [];
    await this.#show(source);
    return this.#diagnose(source.length);
  }

  async #diagnose(length: number): Promise<Diagnostic[]> {
    const offset = this.#header.length;
    const inCell = (d: Diagnostic): boolean =>
      d.fileName === this.#cell && d.pos >= offset && d.category === 1 && !TOLERATED.has(d.code);
    // What is missing at the end of a cell is reported at the text that follows it.
    const within = (position: number): number => Math.min(position - offset, length);
    const move = (d: Diagnostic): Diagnostic => ({ ...d, pos: within(d.pos), end: within(d.end) });
    const found = (await this.#compiler.diagnostics(this.#cell)).filter(inCell).map(move);
    // One report for a place: after a missing bracket the parser has many complaints about the same spot.
    return found.filter((d, i) => !i || d.pos > found[i - 1]!.pos + 1);
  }

  /** Makes what a cell declares known to later cells, with the types the compiler inferred. */
  async commit(source: string): Promise<void> {
    const { declared, additions } = readDeclarations(source);
    if (!declared.length && !additions.length) return;
    await this.#exclusive(async () => {
      await this.#show(source);
      const texts = await this.#typesOf(declared.filter((d) => d.kind === 'inferred'));
      this.#earlier.declare(declared, texts);
      for (const addition of additions) await this.#extend(addition);
    });
  }

  async #typesOf(items: readonly Declared[]): Promise<Map<Declared, string>> {
    const symbols = await this.#compiler.symbolsAt(
      this.#cell,
      items.map((d) => this.#header.length + d.at),
    );
    const known = items.filter((_, i) => symbols[i]);
    const types = await this.#compiler.typeTexts(
      this.#cell,
      symbols.filter((s): s is SymbolRef => s !== null),
    );
    return new Map(known.map((item, i) => [item, types[i]!]));
  }

  async #extend({ target, at, members }: Addition): Promise<void> {
    const offset = this.#header.length;
    const symbols = await this.#compiler.symbolsAt(
      this.#cell,
      [at, ...members.map((m) => m.at)].map((p) => p + offset),
    );
    const found = members.flatMap((member, i) =>
      symbols[i + 1] ? [{ ...member, symbol: symbols[i + 1]! }] : [],
    );
    const types = await this.#compiler.typeTexts(
      this.#cell,
      found.map((member) => member.symbol),
    );
    const body = found.map((member, i) => memberText(member.name, types[i]!)).join(' ');
    if (this.#earlier.extend(target, body)) return;
    const file = await this.#declaringFile(symbols[0]);
    if (file) this.#earlier.augment(file, target.slice(target.lastIndexOf('.') + 1), body);
  }

  async #declaringFile(symbol: SymbolRef | null | undefined): Promise<string | undefined> {
    if (!symbol) return undefined;
    const original = symbol.declarations?.some((handle) => !handle.endsWith(this.#cell))
      ? symbol
      : await this.#compiler.aliased(symbol).catch(() => symbol);
    const handle = original.declarations?.find((h) => !h.endsWith(this.#cell));
    return handle?.split('.').slice(2).join('.');
  }

  /** Completions at an offset of a cell's text. */
  complete(source: string, offset: number): Promise<readonly Completion[]> {
    return this.#exclusive(async () => {
      await this.#show(source);
      const atName = this.#compiler.completions(this.#cell, this.#header.length + offset);
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
    return this.#compiler.completions(this.#cell, this.#header.length + expression.length + 1);
  }

  /** The symbol at an offset: its kind and name, type, documentation and tags. */
  describe(source: string, offset: number): Promise<SymbolDescription | undefined> {
    return this.#exclusive(async () => {
      await this.#show(source);
      const at = this.#header.length + offset;
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
  variables(): Promise<[string, string][]> {
    return this.#exclusive(() => Promise.resolve(this.#earlier.entries({ imports: false })));
  }

  /** Forgets everything, as after a restart of the runner; in its turn, so that no earlier cell is still to come. */
  reset(): Promise<void> {
    return this.#exclusive(() => Promise.resolve(this.#earlier.clear()));
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

  async #show(source: string): Promise<void> {
    this.#header = this.#earlier.textFor(source);
    const text = `${this.#header}${source}\nexport {};`;
    const saved = this.#saved();
    if (this.#text === text && !saved.length) return;
    this.#workspace.write(text);
    this.#text = text; // only now: the disk may be full
    await this.#compiler.changed([this.#cell, ...saved]);
    if (saved.length || LOCAL_IMPORT.test(text)) await this.#watchLocal();
  }

  /** Local modules are looked at again before each cell: they are edited beside the notebook. */
  async #watchLocal(): Promise<void> {
    this.#local.clear();
    for (const path of await this.#compiler.sourceFiles()) {
      if (path.startsWith(this.cwd) && !path.includes('node_modules'))
        this.#local.set(path, changeTime(path));
    }
  }
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

function changeTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
