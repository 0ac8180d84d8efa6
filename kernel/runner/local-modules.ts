/**
 * @file Files of the user's own: TypeScript and JavaScript modules compiled into the scratch folder, JSON as modules.
 * Each is read again when it, or a file it imports, has changed since.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import MagicString from 'magic-string';
import { oxc } from '../language/oxc.js';
import { stripTypes } from '../language/strip.js';
import { scratch } from '../scratch.js';
import { CommonJs, facade } from './commonjs.js';
import { mtime, ownFile } from './files.js';
import type { Resolution } from './resolution.js';
import { traceModule } from './stack.js';

interface Compiled {
  url: string;
  /** Every local file the module is made of, with the time it was last changed. */
  files: Map<string, number>;
  /** CommonJS files of the user's own among what it imports. */
  commonJs: Set<string>;
}

export class LocalModules {
  readonly #compiled = new Map<string, Compiled>();
  readonly #syntax = new Map<string, { time: number; isModule: boolean }>();
  readonly #commonJs = new CommonJs();
  readonly #facades = new Map<string, string>();
  #version = 0;

  constructor(private readonly resolution: Resolution) {}

  /** What Node is to load for a file: the user's own modules compiled, JSON as a module, anything else as it is. */
  target(url: string, type?: string): string {
    // Node wants `with { type: 'json' }`, which not every Node 20 can parse; the type checker asks for nothing.
    if (type === 'json' || /^file:.*\.json$/.test(url)) return this.#json(fileURLToPath(url)).url;
    const file = ownFile(url);
    if (file && (MODULE.test(file) || (file.endsWith('.js') && this.#hasModuleSyntax(file))))
      return this.#compile(file).url;
    const target = file && /\.c?js$/.test(file) ? this.#commonJs.target(file, url) : url;
    return this.#commonJs.isTranspiled(url) ? this.#facade(target) : target;
  }

  /** To be called after each load. */
  loaded(): void {
    this.#commonJs.loaded();
  }

  #facade(url: string): string {
    const known = this.#facades.get(url);
    if (known) return known;
    const out = this.#outFile(fileURLToPath(url));
    writeFileSync(out, facade(url));
    this.#facades.set(url, pathToFileURL(out).href);
    return this.#facade(url);
  }

  #hasModuleSyntax(file: string): boolean {
    const known = this.#syntax.get(file);
    const time = mtime(file);
    if (known?.time === time) return known.isModule;
    const isModule = oxc().parseSync(file, readFileSync(file, 'utf8')).module.hasModuleSyntax;
    this.#syntax.set(file, { time, isModule });
    return isModule;
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
    if (known && !this.#isStale(known)) return known;
    const out = this.#outFile(file);
    const files = new Map([[file, mtime(file)]]);
    const compiled: Compiled = { url: pathToFileURL(out).href, files, commonJs: new Set() };
    this.#compiled.set(file, compiled); // before its imports, which may be circular
    try {
      writeFileSync(out, make(compiled));
    } catch (error) {
      this.#compiled.delete(file);
      throw error;
    }
    return compiled;
  }

  #isStale({ files, commonJs }: Compiled): boolean {
    return (
      [...files].some(([path, time]) => mtime(path) !== time) ||
      [...commonJs].some((path) => this.#commonJs.isStale(path))
    );
  }

  /** Import specifiers of compiled code made absolute, because the code moves to another folder. */
  #relink(code: string, file: string, compiled: Compiled): string {
    const parent = pathToFileURL(file).href;
    const edited = new MagicString(code);
    const { module } = oxc().parseSync('module.mjs', code);
    const link = (start: number, end: number, specifier: string): void => {
      const url = this.resolution.resolve(specifier, parent);
      edited.overwrite(start, end, JSON.stringify(this.target(url)));
      const path = ownFile(url);
      if (!path) return;
      const local = this.#compiled.get(path);
      local?.files.forEach((time, file) => compiled.files.set(file, time));
      for (const file of local?.commonJs ?? [path]) compiled.commonJs.add(file);
      // What JSON is has been seen to: Node is given a module.
      const attributes = /^\s*with\s*\{[^}]*\}/.exec(code.slice(end));
      if (attributes) edited.remove(end, end + attributes[0].length);
    };
    for (const { moduleRequest } of module.staticImports)
      link(moduleRequest.start, moduleRequest.end, moduleRequest.value);
    for (const { entries } of module.staticExports) {
      const request = entries.find((entry) => entry.moduleRequest)?.moduleRequest;
      if (request) link(request.start, request.end, request.value);
    }
    for (const { start, moduleRequest } of module.dynamicImports) {
      const text = code.slice(moduleRequest.start, moduleRequest.end);
      const isAlone = /^\s*\)/.test(code.slice(moduleRequest.end));
      if (isAlone && /^(['"])[^'"\\]*\1$/.test(text))
        link(moduleRequest.start, moduleRequest.end, text.slice(1, -1));
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

function parseJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new SyntaxError(`${relative(process.cwd(), file)}: ${(error as Error).message}`);
  }
}
