/**
 * @file Files of the user's own: TypeScript and JavaScript modules compiled into the scratch folder, JSON as modules.
 * Each is read again when it, or a file it imports, has changed since.
 */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import MagicString from 'magic-string';
import { oxc } from '../language/oxc.js';
import { stripTypes } from '../language/strip.js';
import { scratch } from '../scratch.js';
import type { Resolution } from './resolution.js';
import { traceModule } from './stack.js';

const { cache } = createRequire(import.meta.url);

interface Compiled {
  url: string;
  /** Every local file the module is made of, with the time it was last changed. */
  files: Map<string, number>;
}

export class LocalModules {
  readonly #compiled = new Map<string, Compiled>();
  readonly #syntax = new Map<string, { time: number; isModule: boolean }>();
  #version = 0;

  constructor(private readonly resolution: Resolution) {}

  /** What Node is to load for a file: the user's own modules compiled, JSON as a module, anything else as it is. */
  target(url: string, type?: string): string {
    // Node wants `with { type: 'json' }`, which not every Node 20 can parse; the type checker asks for nothing.
    if (type === 'json' || /^file:.*\.json$/.test(url)) return this.#json(fileURLToPath(url)).url;
    const file = ownFile(url);
    if (!file) return url;
    if (MODULE.test(file) || (file.endsWith('.js') && this.#hasModuleSyntax(file)))
      return this.#compile(file).url;
    return /\.c?js$/.test(file) ? this.#commonjs(file, url) : url;
  }

  #hasModuleSyntax(file: string): boolean {
    const known = this.#syntax.get(file);
    const time = mtime(file);
    if (known?.time === time) return known.isModule;
    const isModule = oxc().parseSync(file, readFileSync(file, 'utf8')).module.hasModuleSyntax;
    this.#syntax.set(file, { time, isModule });
    return isModule;
  }

  /** Node reads a CommonJS file once; where it, or one it requires, has changed, it and they are read again. */
  #commonjs(file: string, url: string): string {
    const files = new Map<string, number>();
    const collect = (path: string): void => {
      if (files.has(path) || !ownFile(pathToFileURL(path).href)) return;
      files.set(path, mtime(path));
      for (const child of cache[path]?.children ?? []) collect(child.filename);
    };
    collect(file);
    const known = this.#compiled.get(file);
    const isStale =
      known && [...files].some(([path, time]) => known.files.get(path) !== time && known.files.has(path));
    if (isStale) for (const path of files.keys()) delete cache[path];
    const target = isStale ? `${url}?v=${this.#version++}` : (known?.url ?? url);
    this.#compiled.set(file, {
      url: target,
      files: new Map([...files, ...(isStale ? [] : (known?.files ?? []))]),
    });
    return target;
  }

  /** JSON as a module: each of its keys is an export, all of it the default. */
  #json(file: string): Compiled {
    return this.#once(file, () => {
      const data = parseJson(file);
      const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
      const names = isObject ? Object.keys(data).map((key) => JSON.stringify(key)) : [];
      const exported = names.filter((name) => name !== '"default"' && !/\\u|\p{Cs}/u.test(name));
      return [
        `import { readFileSync } from 'node:fs';`,
        `const data = JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8').replace(/^\\uFEFF/, ''));`,
        `export default data;`,
        ...exported.map((name, i) => `const _${i} = data[${name}]; export { _${i} as ${name} };`),
      ].join('\n');
    });
  }

  /** Compiles a local file and everything local it imports; unchanged trees keep their module instance. */
  #compile(file: string): Compiled {
    return this.#once(file, (compiled) => {
      const source = readFileSync(file, 'utf8');
      const { code, maps } = stripTypes(file, source);
      traceModule(compiled.url, relative(process.cwd(), file), source, maps);
      const map =
        maps.length === 1
          ? { ...JSON.parse(maps[0]!), sources: [file], sourcesContent: [source] }
          : undefined;
      const inline = map && Buffer.from(JSON.stringify(map)).toString('base64'); // for debuggers
      const comment = inline ? `//# sourceMappingURL=data:application/json;base64,${inline}\n` : '';
      return `${this.#relink(code, file, compiled)}\n${comment}`;
    });
  }

  /** Writes a module made from a file, unless the one there is was made from what the file still says. */
  #once(file: string, make: (compiled: Compiled) => string): Compiled {
    const known = this.#compiled.get(file);
    if (known && [...known.files].every(([path, time]) => mtime(path) === time)) return known;
    const out = this.#outFile(file);
    const compiled: Compiled = { url: pathToFileURL(out).href, files: new Map([[file, mtime(file)]]) };
    this.#compiled.set(file, compiled); // before its imports, which may be circular
    try {
      writeFileSync(out, make(compiled));
    } catch (error) {
      this.#compiled.delete(file);
      throw error;
    }
    return compiled;
  }

  /** Import specifiers of compiled code made absolute, because the code moves to another folder. */
  #relink(code: string, file: string, compiled: Compiled): string {
    const parent = pathToFileURL(file).href;
    const edited = new MagicString(code);
    const { module } = oxc().parseSync('module.mjs', code);
    const link = (start: number, end: number, specifier: string): void => {
      const url = this.resolution.resolve(specifier, parent);
      const target = this.target(url);
      const local = target === url ? undefined : this.#compiled.get(fileURLToPath(url));
      local?.files.forEach((time, path) => compiled.files.set(path, time));
      edited.overwrite(start, end, JSON.stringify(target));
    };
    for (const { moduleRequest } of module.staticImports)
      link(moduleRequest.start, moduleRequest.end, moduleRequest.value);
    for (const { entries } of module.staticExports) {
      const request = entries.find((entry) => entry.moduleRequest)?.moduleRequest;
      if (request) link(request.start, request.end, request.value);
    }
    for (const { start, moduleRequest } of module.dynamicImports) {
      const text = code.slice(moduleRequest.start, moduleRequest.end);
      if (/^(['"])[^'"\\]*\1$/.test(text)) link(moduleRequest.start, moduleRequest.end, text.slice(1, -1));
      else {
        edited.overwrite(start, start + 'import'.length, IMPORT);
        edited.appendLeft(moduleRequest.end, `, ${JSON.stringify(parent)}`);
      }
    }
    // A module may add to its import.meta, and so change it: where the file lies counts, not its compiled copy.
    if (module.importMetas.length)
      edited.prepend(`Object.assign(import.meta, ${META}(${JSON.stringify(file)}));`);
    return edited.toString();
  }

  /** A fresh path each time, since Node never loads the same URL twice. */
  #outFile(file: string): string {
    return join(scratch('modules', String(process.pid), String(this.#version++)), `${basename(file)}.mjs`);
  }
}

/** What compiled modules call for what only the runner knows. */
const IMPORT = `globalThis[Symbol.for('d2l-ts.import')]`;
const META = `globalThis[Symbol.for('d2l-ts.meta')]`;

/** Always a module; `.js` is one when it says so. */
const MODULE = /\.(m?ts|[tj]sx|mjs)$/;

/** The path of a file of the user's own; packages are left to Node. */
function ownFile(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = fileURLToPath(url);
  return path.includes(`${sep}node_modules${sep}`) ? undefined : path;
}

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SyntaxError(`${relative(process.cwd(), file)}: ${(error as Error).message}`);
  }
}

function mtime(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return -1;
  }
}
