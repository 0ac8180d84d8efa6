/**
 * @file The one door to the native TypeScript compiler: `tsc --api --async`, JSON-RPC over its pipes.
 * The API is marked unstable upstream; whatever a release changes, it changes here and nowhere else.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** A message of the compiler about a file; `pos` and `end` are UTF-16 offsets. */
export interface Diagnostic {
  readonly fileName?: string;
  readonly pos: number;
  readonly end: number;
  readonly code: number;
  /** 0 warning, 1 error, 2 suggestion, 3 message */
  readonly category: number;
  readonly text: string;
  readonly messageChain?: readonly Diagnostic[];
  readonly relatedInformation?: readonly Diagnostic[];
}

/** A completion; `kind` is the Language Server Protocol's CompletionItemKind. */
export interface Completion {
  readonly name: string;
  readonly kind?: number;
  readonly sortText?: string;
  readonly insertText?: string;
}

/** A symbol as the compiler hands it out; `declarations` are node handles `index.kind.path`. */
export interface SymbolRef {
  readonly id: number;
  readonly name: string;
  readonly flags: number;
  readonly declarations?: readonly string[];
  readonly parent?: number;
}

interface TypeRef {
  readonly id: number;
}

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** What has happened on the disk. */
export interface FileChanges {
  changed?: readonly string[];
  deleted?: readonly string[];
}

/**
 * Type text as the compiler writes it into declaration files: in full (1), named as the cell can name it; a class that
 * cannot be named is written out (8 and 2048); `unique symbol` (1 << 20).
 */
const TYPE_FORMAT = 1 | 8 | 2048 | (1 << 20);
/** For people: in full, by short names (1 << 14), also the empty tuple (1 << 19). */
const SHOWN_FORMAT = 1 | (1 << 14) | (1 << 19);
/** Kinds of nodes. */
const CALL_SIGNATURE = 180;
const CONSTRUCT_SIGNATURE = 181;
/** Node handle of a whole source file: index 1, kind SourceFile. */
const SOURCE_FILE = '1.307.';

/** Path of the native compiler that npm installed for this platform. */
export function compilerPath(): string {
  const require = createRequire(import.meta.url);
  const name = `@typescript/typescript-${process.platform}-${process.arch}`;
  const manifest = require.resolve(`${name}/package.json`, {
    paths: [require.resolve('typescript/package.json')],
  });
  return join(dirname(manifest), 'lib', process.platform === 'win32' ? 'tsc.exe' : 'tsc');
}

/** One compiler process with one project in it. All questions are asked of the newest snapshot. */
export class Compiler {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #chunks: Buffer[] = [];
  #length = 0;
  #next = 0;
  #snapshot = 0;
  #project = '';
  #config = '';
  #dead: Error | undefined;
  #outgoing = '';
  /** Snapshots that nothing asks about any more; said together with the next request. */
  readonly #released: number[] = [];

  constructor(cwd: string) {
    this.#process = spawn(compilerPath(), ['--api', '--async', '--cwd', cwd], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#process.stdout!.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#process.stdin!.on('error', () => {});
    const died = (why: string): void => this.#fail(new Error(`the TypeScript compiler ${why}`));
    this.#process.on('error', (error) => died(`could not be started: ${error.message}`));
    this.#process.on('exit', (code, signal) => died(`ended (${signal ?? `exit code ${code}`})`));
    void this.#request('initialize', null).catch(() => {});
  }

  /** Process id, for the memory and orphan tests. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return this.#dead === undefined;
  }

  /** Loads the project of a tsconfig file; later questions are about it, and the one before is let go. */
  async open(config: string): Promise<void> {
    const closeProjects = this.#config ? [this.#config] : [];
    this.#config = config;
    await this.#update({ openProjects: [config], closeProjects });
  }

  /** Tells the compiler that files have changed; later questions see the new text. */
  async changed(fileChanges: FileChanges): Promise<void> {
    await this.#update({ fileChanges });
  }

  /** Lets it look for everything anew that it looked for and did not find. */
  async lookAgain(): Promise<void> {
    await this.#update({ fileChanges: { invalidateAll: true } });
  }

  async #update(params: object): Promise<void> {
    const old = this.#snapshot;
    const reply = (await this.#request('updateSnapshot', params)) as {
      snapshot: number;
      projects: { id: string; configFileName: string }[];
    };
    this.#snapshot = reply.snapshot;
    const own = reply.projects.find(({ configFileName }) => configFileName === this.#config);
    this.#project = own?.id ?? this.#project;
    if (old) this.#released.push(old);
  }

  /** Syntax errors first; type errors only where the text parses. */
  async diagnostics(file: string): Promise<Diagnostic[]> {
    const [syntax, semantic] = await Promise.all([
      this.#ask<Diagnostic[] | null>('getSyntacticDiagnostics', { file }),
      this.#ask<Diagnostic[] | null>('getSemanticDiagnostics', { file }),
    ]);
    return syntax?.length ? syntax : (semantic ?? []);
  }

  /** Paths of all files of the program. */
  sourceFiles(): Promise<readonly string[]> {
    return this.#ask('getSourceFileNames', {});
  }

  async completions(file: string, position: number): Promise<readonly Completion[]> {
    const reply = await this.#ask<{ entries: Completion[] } | null>('getCompletionsAtPosition', {
      file,
      position,
    });
    return reply?.entries ?? [];
  }

  async symbolsAt(file: string, positions: readonly number[]): Promise<(SymbolRef | null)[]> {
    if (!positions.length) return [];
    return this.#ask('getSymbolsAtPositions', { file, positions });
  }

  /** The types of symbols as text that `file` can use: names in scope stay, others become `import("…").Name`. */
  async typeTexts(file: string, symbols: readonly SymbolRef[]): Promise<string[]> {
    if (!symbols.length) return [];
    const types = await this.#ask<(TypeRef | null)[]>('getTypesOfSymbols', {
      symbols: symbols.map((s) => s.id),
    });
    return Promise.all(types.map(async (type) => (type ? this.#typeText(file, type) : 'any')));
  }

  /** The types of expressions at positions: narrowed, as they are there. */
  async typeTextsAt(file: string, positions: readonly number[]): Promise<string[]> {
    const types = await this.#ask<(TypeRef | null)[]>('getTypesAtPositions', { file, positions });
    return Promise.all(types.map(async (type) => (type ? this.#typeText(file, type) : 'any')));
  }

  /** What a name means at a position; null when nothing. */
  async resolve(name: string, meaning: number, file: string, position: number): Promise<SymbolRef | null> {
    return this.#ask('resolveName', { name, meaning, file, position });
  }

  /** A symbol's type for people: by short names. */
  async shownType(symbol: SymbolRef): Promise<string> {
    const type = await this.#typeOf(symbol);
    return type ? this.#ask('typeToString', { type: type.id, flags: SHOWN_FORMAT }) : 'any';
  }

  /** How a symbol's value is called, or made with `new`, an overload each: `(a: number): string`. */
  async signatures(symbol: SymbolRef, way: 'call' | 'construct'): Promise<string[]> {
    const type = await this.#typeOf(symbol);
    if (!type) return [];
    const [code, kind] = way === 'call' ? [0, CALL_SIGNATURE] : [1, CONSTRUCT_SIGNATURE];
    const found = await this.#ask<{ id: number }[]>('getSignaturesOfType', { type: type.id, kind: code });
    const texts = found.map(async ({ id }) => {
      const params = { signature: id, kind, flags: SHOWN_FORMAT };
      const node = await this.#ask<{ data: string } | null>('signatureToSignatureDeclaration', params);
      return node ? oneLine(await this.#ask('printNode', { data: node.data })) : '';
    });
    return (await Promise.all(texts)).filter(Boolean);
  }

  async #typeOf(symbol: SymbolRef): Promise<TypeRef | null> {
    const [type] = await this.#ask<(TypeRef | null)[]>('getTypesOfSymbols', { symbols: [symbol.id] });
    return type ?? null;
  }

  /** What a class or interface has, by symbol. */
  async members(symbol: SymbolRef): Promise<readonly SymbolRef[]> {
    return (await this.#ask<SymbolRef[] | null>('getMembersOfSymbol', { objectId: symbol.id })) ?? [];
  }

  /** The class, interface or module that a symbol belongs to. */
  async parent(symbol: SymbolRef): Promise<SymbolRef | null> {
    return symbol.parent ? this.#ask('getParentOfSymbol', { objectId: symbol.id }) : null;
  }

  async aliased(symbol: SymbolRef): Promise<SymbolRef> {
    return this.#ask('getAliasedSymbol', { symbol: symbol.id });
  }

  async documentation(symbol: SymbolRef): Promise<string> {
    return (await this.#ask<string | null>('getDocumentationComment', { symbol: symbol.id })) ?? '';
  }

  async tags(symbol: SymbolRef): Promise<readonly { name: string; text?: string }[]> {
    return (
      (await this.#ask<{ name: string; text?: string }[] | null>('getJsDocTags', { symbol: symbol.id })) ?? []
    );
  }

  close(): void {
    this.#fail(new Error('the TypeScript compiler was closed'));
    this.#process.kill('SIGKILL'); // it has nothing to lose, and may be too busy to hear
  }

  #typeText(file: string, type: TypeRef): Promise<string> {
    const location = SOURCE_FILE + file;
    return this.#ask('typeToString', { type: type.id, location, flags: TYPE_FORMAT });
  }

  #ask<T>(method: string, params: object): Promise<T> {
    return this.#request(method, {
      snapshot: this.#snapshot,
      project: this.#project,
      ...params,
    }) as Promise<T>;
  }

  #request(method: string, params: unknown): Promise<unknown> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  /** Requests of the same moment go out in one write: each wakes the compiler, which may take this very processor. */
  #send(message: object): void {
    if (!this.#outgoing) queueMicrotask(() => this.#flush());
    for (const snapshot of this.#released.splice(0))
      this.#outgoing += frame({ id: this.#next++, method: 'release', params: { snapshot } });
    this.#outgoing += frame(message);
  }

  #flush(): void {
    this.#process.stdin!.write(this.#outgoing);
    this.#outgoing = '';
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      let buffer = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#length);
      this.#chunks = [buffer];
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const size = Number(/Content-Length: (\d+)/i.exec(buffer.toString('latin1', 0, end))?.[1]);
      if (buffer.length < end + 4 + size) return;
      const message = JSON.parse(buffer.toString('utf8', end + 4, end + 4 + size)) as Reply;
      buffer = buffer.subarray(end + 4 + size);
      this.#chunks = [buffer];
      this.#length = buffer.length;
      this.#dispatch(message);
    }
  }

  #dispatch(message: Reply): void {
    const waiting = this.#waiting.get(message.id!);
    if (!waiting) return;
    this.#waiting.delete(message.id!);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  #fail(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}

/** The printer puts each element of a tuple into a line of its own. */
function oneLine(text: string): string {
  return text
    .replace(/;$/, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\[ /g, '[')
    .replace(/ \]/g, ']');
}

function frame(message: object): string {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
