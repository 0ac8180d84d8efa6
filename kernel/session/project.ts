/** @file The compiler with the file of the cell in hand, kept alive and up to date with the disk; one question at a time. */
import { LocalFiles } from './local-files.js';
import { ANY_MEANING, Compiler } from './tsc.js';
import { Workspace } from './workspace.js';

/** Node's types are loaded in the quiet after a start, or when a cell needs them. */
const WARM_UP_MS = 1000;
const SPECIFIER = /(?:from|import|import\(|require\()\s*(['"])(.*?)\1/g;

export class Project {
  readonly #local = new LocalFiles();
  /** What is imported, as when the local files were last listed. */
  #imports = '';
  #workspace!: Workspace;
  #text = '';
  #compiler: Compiler;
  #opened: Promise<void>;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;
  #jsx: string | undefined;
  readonly #globals = new Set<string>();
  #soon: NodeJS.Timeout | undefined;
  /** Node's types are not loaded yet. */
  #isLean = true;

  constructor(private folder: string) {
    [this.#compiler, this.#opened] = this.#start();
  }

  #start(): [Compiler, Promise<void>] {
    this.#workspace = new Workspace(this.folder, this.#jsx);
    this.#local.clear();
    this.#text = '';
    this.#imports = '';
    this.#globals.clear();
    const compiler = new Compiler(this.folder);
    const opened = compiler.open(this.#workspace.lean);
    opened.catch(() => {});
    this.#isLean = true;
    this.#soon = setTimeout(
      () => void this.exclusive(() => Promise.resolve()).catch(() => {}),
      WARM_UP_MS,
    ).unref();
    return [compiler, opened];
  }

  get cwd(): string {
    return this.folder;
  }

  get compiler(): Compiler {
    return this.#compiler;
  }

  /** The file that cells are read from. */
  get file(): string {
    return this.#workspace.cell;
  }

  get isLean(): boolean {
    return this.#isLean;
  }

  /** Starts anew in a folder: packages there are found by a fresh look at the disk. */
  restart(cwd = this.folder, jsx = this.#jsx): void {
    this.folder = cwd;
    this.#jsx = jsx || undefined;
    this.#compiler.close();
  }

  close(): void {
    this.#closed = true;
    this.#compiler.close();
  }

  /** One question at a time: they all speak about the one cell file. One that a compiler died of is asked once more. */
  exclusive<T>(body: () => Promise<T>, lean = false): Promise<T> {
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

  /** Whether a name that no cell has declared means something; what is the language's once is asked about once. */
  async isGlobal(name: string, position: number): Promise<boolean> {
    if (this.#globals.has(name)) return true;
    const found = await this.#compiler.resolve(name, ANY_MEANING, this.file, position);
    if (found) this.#globals.add(name);
    return found !== null;
  }

  /** Shows the compiler a text, and what the reader has saved meanwhile. */
  async show(text: string): Promise<void> {
    const saved = this.#local.changes();
    if (this.#text === text && !saved) return;
    this.#workspace.write(text);
    this.#text = text; // only now: the disk may be full
    await this.#compiler.changed({ ...saved, changed: [this.file, ...(saved?.changed ?? [])] });
    const imports = [...text.matchAll(SPECIFIER)].map(([, , specifier]) => specifier).join();
    if (saved || imports !== this.#imports) await this.#watch();
    this.#imports = imports;
  }

  /** Looks for what was not found before: a module, a package. */
  async lookAgain(): Promise<void> {
    this.#workspace.link();
    await this.#compiler.lookAgain();
    await this.#watch();
  }

  /** Local modules are looked at again before each cell: they are edited beside the notebook. */
  async #watch(): Promise<void> {
    this.#local.watch(await this.#compiler.sourceFiles(), this.file);
  }
}
