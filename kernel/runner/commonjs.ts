/** @file CommonJS as cells and local modules import it: read again when it has changed, its default as bundlers have it. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { mtime, ownFile } from './files.js';

const { cache } = createRequire(import.meta.url);

export class CommonJs {
  /** The user's own files, with those that each has required and when they were saved. */
  readonly #own = new Map<string, { url: string; times: Map<string, number> }>();
  readonly #transpiled = new Map<string, boolean>();
  #version = 0;

  /** What Node is to load for a file of the user's own: it reads a file once, but for another query. */
  target(file: string, url: string): string {
    const known = this.#own.get(file);
    if (known && !this.isStale(file)) return known.url;
    for (const path of known?.times.keys() ?? []) delete cache[path];
    const target = known ? `${url}?v=${this.#version++}` : url;
    this.#own.set(file, { url: target, times: new Map([[file, mtime(file)]]) });
    return target;
  }

  /** Whether a file, or one that it requires, has been saved since it was loaded. */
  isStale(file: string): boolean {
    return [...(this.#own.get(file)?.times ?? [])].some(([path, time]) => mtime(path) !== time);
  }

  /** To be called after a load: only then is it known what files have required. */
  loaded(): void {
    for (const [file, { times }] of this.#own) {
      const collect = (path: string, seen: Set<string>): void => {
        if (seen.has(path) || !ownFile(pathToFileURL(path).href)) return;
        seen.add(path);
        if (!times.has(path)) times.set(path, mtime(path));
        for (const child of cache[path]?.children ?? []) collect(child.filename, seen);
      };
      collect(file, new Set());
    }
  }

  /** Whether a file was made of an ES module: its default is then `exports.default`, and not all of `exports`. */
  isTranspiled(url: string): boolean {
    const known = this.#transpiled.get(url);
    if (known !== undefined) return known;
    const found = url.startsWith('file:') && isCommonJs(fileURLToPath(url)) && saysSo(fileURLToPath(url));
    this.#transpiled.set(url, found);
    return found;
  }
}

/** A module that gives a transpiled file's exports as bundlers and the type checker have them. */
export function facade(url: string): string {
  const from = JSON.stringify(url);
  return (
    `import all from ${from};\nexport * from ${from};\n` +
    `export default (all && all.__esModule && 'default' in all ? all.default : all);\n`
  );
}

/** By Node's rules: by the ending, else by the nearest package.json. */
function isCommonJs(file: string): boolean {
  if (extname(file) !== '.js') return extname(file) === '.cjs';
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest))
      return (JSON.parse(readFileSync(manifest, 'utf8')) as { type?: string }).type !== 'module';
    if (folder === dirname(folder)) return true;
  }
}

function saysSo(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  return text.includes('__esModule') && !/^\s*(import|export)\b/m.test(text);
}
