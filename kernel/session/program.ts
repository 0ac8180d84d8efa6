/** @file The notebook as one TypeScript program of one file: the cell in hand, below what earlier cells left behind. */
import type { Shown } from './composer.js';
import { type Declared, readDeclarations } from './declarations.js';
import { describe, type SymbolDescription } from './describe.js';
import { Header, type Snapshot } from './header.js';
import { extend, infer, type Inferred, isAdded, type MembersOf } from './inference.js';
import { isType, loneName } from './inspect.js';
import { endReferences, narrowedTypes } from './narrowing.js';
import { problemsIn } from './problems.js';
import { Project } from './project.js';
import { publicNames, shownDiagnostic } from './public-names.js';
import { type Globals, scopeCompletions } from './scope.js';
import { memberSource, sourceText } from './source-text.js';
import type { Completion, Diagnostic } from './tsc.js';

/** Cannot find a module: there may be one since the compiler looked. */
const MISSING: ReadonlySet<number> = new Set([2307, 2664, 2732, 2792, 2875, 2882]);
/** Lines of a type's text that say less at a glance than its name. */
const SHORT = 25;
const MISSING_IN_MODULE = /^cannot find (module|package)/i;

/** What the end of a cell has to do with the types of its names. */
export interface Ending {
  error?: { message: string };
  /** Names whose declarations were not reached. */
  missed?: readonly string[];
}

/** A cell's names as they are known while it runs. */
interface Committed {
  source: string;
  inferred: Inferred;
  /** What was known before it. */
  before: Snapshot;
  shown: Shown;
  era: number;
}

export interface Described {
  symbol: SymbolDescription;
  /** The declaration's own text. */
  text: string | undefined;
}

export class Program {
  readonly #project: Project;
  readonly #earlier = new Header();
  #shown: Shown = { text: '', versions: new Map(), isRenewed: false, visible: new Set() };
  /** The cell whose variables get values of the types they had. */
  #kept = '';
  /** Offsets at the end of the text where constants are named that a condition may have narrowed. */
  #ends: ReadonlyMap<string, number> = new Map();
  /** Settled when the names of the cells before are known as they came out. */
  #settled: Promise<unknown> = Promise.resolve();
  /** A module did not find another: there may be one since. */
  #isStale = false;
  /** Counts the times that everything was forgotten. */
  #era = 0;
  #globals: Globals | undefined;

  constructor(cwd: string) {
    this.#project = new Project(cwd);
  }

  get pid(): number | undefined {
    return this.#project.compiler.pid;
  }

  get #offset(): number {
    return this.#shown.text.length;
  }

  /** Problems in a cell's own text, at UTF-16 offsets of it; none once it is no longer asked for. */
  async check(source: string, stop?: AbortSignal): Promise<Diagnostic[]> {
    await this.#settled;
    // A first cell that is right by the language's own library is right: the rest is loaded after it.
    if (this.#project.isLean && this.#earlier.isEmpty && !/\b(import|require)\b/.test(source)) {
      const found = await this.#project.exclusive(() => this.#look(source, stop), true);
      if (!found.length) return found;
    }
    return this.#project.exclusive(() => this.#look(source, stop));
  }

  async #look(source: string, stop?: AbortSignal): Promise<Diagnostic[]> {
    if (stop?.aborted) return [];
    this.#kept = '';
    await this.#show(source, true);
    let found = await this.#diagnose(source.length);
    if (found.length && this.#shown.isRenewed) {
      this.#kept = source;
      await this.#show(source, true);
      const otherwise = await this.#diagnose(source.length);
      if (otherwise.length) this.#kept = '';
      else found = otherwise;
    }
    if (!this.#isStale && !found.some(({ code }) => MISSING.has(code))) return found;
    this.#isStale = false;
    await this.#project.lookAgain();
    return this.#diagnose(source.length);
  }

  async #diagnose(length: number): Promise<Diagnostic[]> {
    const { compiler, file, cwd } = this.#project;
    const all = await compiler.diagnostics(file);
    const found = problemsIn(all, { file, offset: this.#offset, length });
    return found.map((d) => shownDiagnostic(d, cwd, this.#shown.versions));
  }

  /**
   * Makes what a cell declares known to later cells, with the types the compiler inferred: at once, and, when the cell
   * has ended, as it came out. A name that was not reached is what it was before.
   */
  commit(source: string, ending: Promise<Ending>, membersOf: MembersOf = () => Promise.resolve([])): void {
    const last = this.#settled;
    const read = last.then(() => this.#project.exclusive(() => this.#read(source))).catch(() => undefined);
    const settle = async (): Promise<void> => {
      const ended = await ending.catch((error: Error): Ending => ({ error }));
      const [committed] = await Promise.all([read, last]);
      this.#isStale ||= MISSING_IN_MODULE.test(ended.error?.message ?? '');
      if (committed && committed.era === this.#era) await this.#settle(committed, ended, membersOf);
    };
    this.#settled = settle();
  }

  async #read(source: string): Promise<Committed | undefined> {
    await this.#show(source, true);
    const cell = readDeclarations(source);
    const { declared, additions, augmentations } = cell;
    const isNews = declared.length || additions.length || augmentations.length || this.#ends.size;
    if (!isNews && !this.#shown.isRenewed) return undefined;
    const shown = this.#shown;
    const { file, compiler } = this.#project;
    const resolves = (name: string): Promise<boolean> => this.#project.isGlobal(name, this.#offset);
    const place = { file, offset: this.#offset, ends: this.#ends, visible: shown.visible, resolves };
    const inferred = await infer(compiler, place, source, cell);
    const before = this.#earlier.snapshot();
    this.#declare(declared, inferred, shown);
    for (const augmentation of augmentations) this.#earlier.augment(augmentation);
    return { source, inferred, before, shown, era: this.#era };
  }

  #declare(declared: readonly Declared[], inferred: Inferred, { versions, visible }: Shown): void {
    const { types, locals, nameless } = inferred;
    const kept = declared.map((item) => nameless.get(item) ?? item);
    this.#earlier.declare(kept, types, new Map([...versions, ...locals]), visible);
  }

  async #settle(committed: Committed, { error, missed = [] }: Ending, membersOf: MembersOf): Promise<void> {
    const { source, inferred, before, shown } = committed;
    const { declared } = readDeclarations(source);
    const narrowed = error ? new Map<string, string>() : narrowedTypes(this.#earlier, source, inferred);
    if (missed.length || narrowed.size) {
      this.#earlier.restore(before);
      const reached = declared.filter(({ space, name }) => space === 'type' || !missed.includes(name));
      this.#declare(reached, inferred, shown);
      this.#earlier.narrow(narrowed, shown);
    }
    if (shown.isRenewed && !error) this.#earlier.renew(source);
    for (const extension of inferred.extensions)
      if (!error || (await isAdded(extension, membersOf))) extend(this.#earlier, extension);
  }

  /** Completions at an offset of a cell's text. */
  complete(source: string, offset: number): Promise<readonly Completion[]> {
    return this.#project.exclusive(async () => {
      await this.#show(source);
      const atName = this.#project.compiler.completions(this.#project.file, this.#offset + offset);
      return atName.catch((error: Error) => {
        if (!/auto imports/.test(error.message)) throw error;
        return this.#scope(source, offset);
      });
    });
  }

  async #scope(source: string, offset: number): Promise<readonly Completion[]> {
    this.#globals ??= {
      values: await this.#members('globalThis.'),
      types: await this.#members('type All = globalThis.'),
    };
    return scopeCompletions(source, offset, this.#globals, this.#earlier.entries({ imports: true }));
  }

  async #members(expression: string): Promise<readonly Completion[]> {
    await this.#show(expression);
    return this.#project.compiler.completions(this.#project.file, this.#offset + expression.length);
  }

  /** The symbol at an offset, with the text of its declaration when it is a type or when more detail is asked for. */
  describe(source: string, offset: number, detail: boolean): Promise<Described | undefined> {
    return this.#project.exclusive(async () => {
      await this.#show(source);
      const { compiler, file, cwd } = this.#project;
      const symbol = await describe(compiler, file, this.#offset + offset, loneName(source, offset));
      if (!symbol) return undefined;
      const shown = { ...symbol, type: publicNames(symbol.type, cwd) };
      const text = detail || isType(symbol) ? this.#sourceOf(symbol, source) : undefined;
      const isShort = detail || text?.split('\n', SHORT).length !== SHORT;
      return { symbol: shown, text: isShort ? text : undefined };
    });
  }

  #sourceOf({ name, parent, file }: SymbolDescription, source: string): string | undefined {
    if (file !== this.#project.file) return file && sourceText(file, name, parent);
    const top = (parent ?? name).replace(/\$\d+$/, '');
    const own = readDeclarations(source).declared.filter((d) => d.name === top);
    const text = own.length ? own.map((d) => d.source).join('\n') : this.#earlier.source(top);
    return text && parent ? memberSource(text, name, parent) : text;
  }

  /** Names of earlier cells with their declarations, imports left out. */
  async variables(): Promise<[string, string][]> {
    await this.#settled;
    return this.#project.exclusive(async () =>
      this.#earlier
        .entries({ imports: false })
        .map(([name, text]): [string, string] => [
          name,
          publicNames(text.replace(/^(const|let) [^=]+ = class\b/, 'class'), this.#project.cwd),
        ]),
    );
  }

  /** Forgets everything, as after a restart of the runner; in its turn, so that no earlier cell is still to come. */
  reset(): Promise<void> {
    return this.#project.exclusive(async () => {
      this.#era++;
      this.#earlier.clear();
    });
  }

  /** Starts anew in a folder, with the names kept: packages there are found by a fresh look at the disk. */
  restart(cwd?: string, jsx?: string): void {
    this.#globals = undefined;
    this.#project.restart(cwd, jsx);
  }

  close(): void {
    this.#project.close();
  }

  /** @param withEnd also names what conditions may have narrowed, at the end */
  async #show(source: string, withEnd = false): Promise<void> {
    this.#shown = this.#earlier.show(source, source !== this.#kept);
    const text = this.#shown.text + source;
    const end = withEnd ? endReferences(this.#earlier, source, text.length) : undefined;
    if (end) this.#ends = end.places;
    await this.#project.show(text + (end?.text ?? ''));
  }
}
