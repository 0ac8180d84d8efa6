/**
 * @file The one door to the native TypeScript compiler: `tsc --api --async`, JSON-RPC over its pipes.
 * The API is marked unstable upstream; whatever a release changes, it changes here and nowhere else.
 */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RpcProcess } from './rpc.js';

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

export interface TypeRef {
  readonly id: number;
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
/** What a bare name may be: a value, a type, a namespace. */
export const ANY_MEANING = 111551 | 788968 | 1920;
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

/** An optional parameter may be undefined: that need not be said twice. */
const OPTIONAL = /(\w\?: [^,()]*?) \| undefined(?=[,)])/g;

/** One compiler process with one project in it. All questions are asked of the newest snapshot. */
export class Compiler {
  readonly #process: RpcProcess;
  #snapshot = 0;
  #project = '';
  #config = '';

  constructor(cwd: string) {
    this.#process = new RpcProcess(
      compilerPath(),
      ['--api', '--async', '--cwd', cwd],
      'the TypeScript compiler',
    );
    void this.#process.request('initialize', null).catch(() => {});
  }

  /** Process id, for the memory and orphan tests. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return this.#process.alive;
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
    const reply = (await this.#process.request('updateSnapshot', params)) as {
      snapshot: number;
      projects: { id: string; configFileName: string }[];
    };
    this.#snapshot = reply.snapshot;
    const own = reply.projects.find(({ configFileName }) => configFileName === this.#config);
    this.#project = own?.id ?? this.#project;
    if (old) this.#process.mention('release', { snapshot: old }); // nothing asks about it any more
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

  async typeOf(symbol: SymbolRef): Promise<TypeRef | null> {
    const [type] = await this.#ask<(TypeRef | null)[]>('getTypesOfSymbols', { symbols: [symbol.id] });
    return type ?? null;
  }

  /** A type for people: by short names. */
  async shown(type: TypeRef | null): Promise<string> {
    if (!type) return 'any';
    const text = await this.#ask<string>('typeToString', { type: type.id, flags: SHOWN_FORMAT });
    return text.replace(OPTIONAL, '$1');
  }

  /** How a value of a type is called, or made with `new`, an overload each: `(a: number): string`. */
  async signatures(type: TypeRef | null, way: 'call' | 'construct'): Promise<string[]> {
    if (!type) return [];
    const [code, kind] = way === 'call' ? [0, CALL_SIGNATURE] : [1, CONSTRUCT_SIGNATURE];
    const found = await this.#ask<{ id: number }[]>('getSignaturesOfType', { type: type.id, kind: code });
    const texts = found.map(async ({ id }) => {
      const params = { signature: id, kind, flags: SHOWN_FORMAT };
      const node = await this.#ask<{ data: string } | null>('signatureToSignatureDeclaration', params);
      const text = node ? oneLine(await this.#ask('printNode', { data: node.data })) : '';
      return text.replace(OPTIONAL, '$1');
    });
    return (await Promise.all(texts)).filter(Boolean);
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
    this.#process.close();
  }

  #typeText(file: string, type: TypeRef): Promise<string> {
    const location = SOURCE_FILE + file;
    return this.#ask('typeToString', { type: type.id, location, flags: TYPE_FORMAT });
  }

  #ask<T>(method: string, params: object): Promise<T> {
    return this.#process.request(method, {
      snapshot: this.#snapshot,
      project: this.#project,
      ...params,
    }) as Promise<T>;
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
