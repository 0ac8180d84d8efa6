/** @file What V8 has compiled, and which of it a reader of the notebook knows. */
import type { Debugger } from 'node:inspector';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PACKAGE } from '../package.js';
import type { DebugHost } from './debuggee.js';
import { fileSource, Source } from './source.js';
import { murmur2 } from './murmur.js';

/**
 * JupyterLab writes "Cell [3]" in place of a path with the word `ipykernel_` in it. There are no such files: `source`
 * is answered from memory. The same for every kernel, so that breakpoints keep their place over a restart.
 */
export const CELL_PREFIX = '/ipykernel_d2l-ts/';
export const CELL_SUFFIX = '.ts';
export const HASH_SEED = 0;

/** What no stack shows: node, and this kernel. */
const HIDDEN = ['^node:', `^${escaped(pathToFileURL(join(PACKAGE, 'dist')).href)}/(bin|kernel)/`];
/** What is stepped over: that, and packages. */
export const STEPPED_OVER = [...HIDDEN, '/node_modules/'];
const CELL = /\/cell-(\d+)\.ts$/;

type Script = Debugger.ScriptParsedEventDataType;

/** The path that the kernel and the front end both give to a cell of this text. */
export function cellPath(content: string): string {
  return `${CELL_PREFIX}${murmur2(content, HASH_SEED)}${CELL_SUFFIX}`;
}

export class Scripts {
  readonly #scripts = new Map<string, Script>();
  readonly #sources = new Map<string, Source | undefined>();
  /** Cells by path: those that have run, and those the front end has shown us. */
  readonly #cells = new Map<string, Source>();

  constructor(private readonly host: Pick<DebugHost, 'textOf' | 'compile'>) {}

  /** Forgets what a runner that has ended had compiled. */
  clear(): void {
    this.#scripts.clear();
    this.#sources.clear();
  }

  add(script: Script): void {
    this.#scripts.set(script.scriptId, script);
  }

  script(id: string): Script | undefined {
    return this.#scripts.get(id);
  }

  /** Takes the text of a cell that may run later. Undefined when it is no program. */
  dump(content: string): Source | undefined {
    const path = cellPath(content);
    const known = this.#cells.get(path);
    const compiled = this.host.compile(content);
    // It compiles to something else once %jsx has been there.
    if (!compiled || compiled.code === known?.code) return known;
    const source = new Source(path, content, compiled.maps, compiled.code);
    this.#cells.set(path, source);
    return source;
  }

  /** The text behind a script, undefined for what a reader need not see. */
  sourceOf(scriptId: string): Source | undefined {
    if (!this.#sources.has(scriptId)) this.#sources.set(scriptId, this.#find(this.#scripts.get(scriptId)));
    return this.#sources.get(scriptId);
  }

  #find(script: Script | undefined): Source | undefined {
    if (!script?.url || isAmong(HIDDEN, script)) return undefined;
    const run = CELL.exec(script.url)?.[1];
    const text = run && this.host.textOf(Number(run));
    if (!text)
      return script.url.startsWith('file:') ? fileSource(script.url, script.sourceMapURL) : undefined;
    // A magic runs code of its own under the number of its cell.
    const source = this.dump(text);
    return source?.code?.length === script.length ? source : undefined;
  }

  cell(path: string): Source | undefined {
    return this.#cells.get(path);
  }

  /** The newest script made from a file, with its text. */
  loaded(path: string): { script: Script; source: Source } | undefined {
    if (path.startsWith(CELL_PREFIX)) return undefined;
    for (const script of [...this.#scripts.values()].reverse()) {
      if (!isOfUser(script)) continue;
      const source = this.sourceOf(script.scriptId);
      if (source?.path === path) return { script, source };
    }
    return undefined;
  }

  /** Files beside the cells that a user may want to look into. */
  modules(): { id: string; name: string; path: string }[] {
    const found = new Map<string, { id: string; name: string; path: string }>();
    for (const script of this.#scripts.values()) {
      const path = isOfUser(script) ? this.sourceOf(script.scriptId)?.path : undefined;
      if (path) found.set(path, { id: script.scriptId, name: path.slice(path.lastIndexOf('/') + 1), path });
    }
    return [...found.values()];
  }
}

/** Neither a cell nor stepped over. */
function isOfUser(script: Script): boolean {
  return script.url.startsWith('file:') && !CELL.test(script.url) && !isAmong(STEPPED_OVER, script);
}

function isAmong(patterns: readonly string[], { url }: Script): boolean {
  return patterns.some((pattern) => new RegExp(pattern).test(url));
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
