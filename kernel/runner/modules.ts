/**
 * @file How cells import: ESM and CommonJS packages and JSON as Node finds them from the notebook's folder; local
 * TypeScript files compiled here, and read again when they have changed.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import MagicString from 'magic-string';
import { oxc } from '../oxc.js';
import { RESOLVER } from '../package.js';
import { scratch } from '../scratch.js';
import { Exports } from './exports.js';
import { load } from './realm.js';
import type { resolve } from './resolve.js';
import { traceModule } from './stack.js';

const SOURCE_EXTENSIONS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx'];
/** Packages a notebook may use from any folder: found beside the kernel when the folder has none. */
const OWN_PACKAGES = /^(d2l-ts|tslab|typescript|@oxc-project\/runtime)(\/|$)/;

interface Compiled {
  url: string;
  /** Every local file the module is made of, with the time it was last changed. */
  files: Map<string, number>;
}

/** Taken before a cell can replace it. */
const currentFolder = process.cwd.bind(process);

export class Modules {
  readonly #compiled = new Map<string, Compiled>();
  #version = 0;
  #cwd = '';
  #folder = '';
  #cellMeta: object = {};
  #find!: typeof resolve;

  /** @param imported called after a cell has imported a package by this name */
  constructor(private readonly imported: (specifier: string) => void) {}

  /** The folder that cells import from, as a URL; %cd and process.chdir move it. */
  get folder(): string {
    this.#move();
    return this.#folder;
  }

  /** `import.meta` of cells. */
  get cellMeta(): object {
    this.#move();
    return this.#cellMeta;
  }

  /** The work of a change of folder is not done in each cell: some of it is Node's own, in reach of what cells patch. */
  #move(): void {
    const cwd = currentFolder();
    if (cwd === this.#cwd) return;
    this.#cwd = cwd;
    this.#folder = pathToFileURL(join(cwd, '/')).href;
    this.#cellMeta = this.meta(join(cwd, 'cell.ts'));
  }

  get #base(): string {
    return `${this.folder}cell.ts`;
  }

  /** `require` as a file in the notebook's folder has it, wherever that is by now. */
  get require(): NodeJS.Require {
    const from = (specifier: string): NodeJS.Require => {
      const here = createRequire(this.#base);
      if (!OWN_PACKAGES.test(specifier)) return here;
      try {
        here.resolve(specifier);
        return here;
      } catch {
        return createRequire(import.meta.url);
      }
    };
    const resolve = Object.assign(
      (specifier: string, options?: { paths?: string[] }) => from(specifier).resolve(specifier, options),
      { paths: (specifier: string) => from(specifier).resolve.paths(specifier) },
    );
    const load = (specifier: string): unknown => {
      try {
        return from(specifier)(specifier);
      } catch (error) {
        const { code, requireStack = [] } = error as NodeJS.ErrnoException & { requireStack?: string[] };
        const isCells = code === 'MODULE_NOT_FOUND' && requireStack.length === 1 && !/^[./]/.test(specifier);
        throw isCells ? missingPackage(specifier, code) : error;
      }
    };
    return Object.assign(load, {
      ...createRequire(this.#base),
      resolve,
    }) as NodeJS.Require;
  }

  /** The namespace of a module named in a cell. @throws Error with the hint what to install */
  async import(specifier: string, parent = this.#base, type?: string): Promise<object> {
    return (await this.#load(specifier, parent, type)).namespace;
  }

  /**
   * What a static import binds, in the order of the names: `default`, `*` for all of the module, or a name it exports.
   * @throws SyntaxError for a name that the module does not export
   */
  async bindings(specifier: string, names: readonly string[], type?: string): Promise<PropertyDescriptor[]> {
    const { namespace, url } = await this.#load(specifier, this.#base, type);
    const exported = new Exports(specifier, namespace, url);
    return names.map((name) => exported.binding(name));
  }

  async #load(specifier: string, parent: string, type?: string): Promise<{ namespace: object; url: string }> {
    this.#find ??= ((await load(pathToFileURL(RESOLVER).href)) as { resolve: typeof resolve }).resolve;
    const url = this.#target(this.#resolve(String(specifier), parent), type);
    const namespace = await load(url);
    this.imported(specifier);
    return { namespace, url };
  }

  /** What Node is to load for a file: local TypeScript compiled, JSON as a module, anything else as it is. */
  #target(url: string, type?: string): string {
    // Node wants `with { type: 'json' }`, which not every Node 20 can parse; the type checker asks for nothing.
    if (type === 'json' || /^file:.*\.json$/.test(url)) return this.#json(fileURLToPath(url)).url;
    const file = localSource(url);
    return file ? this.#compile(file).url : url;
  }

  /** `import.meta` of a file. */
  meta(file: string): object {
    const url = pathToFileURL(file).href;
    const resolve = (specifier: string): string => this.#resolve(String(specifier), url);
    return { __proto__: null, dirname: dirname(file), filename: file, resolve, url };
  }

  #resolve(specifier: string, parent: string): string {
    if (/^(\.{0,2}\/|file:)/.test(specifier)) return this.#resolveLocal(specifier, parent);
    try {
      return this.#find(specifier, parent);
    } catch (error) {
      if (OWN_PACKAGES.test(specifier)) return this.#find(specifier, import.meta.url);
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw missingPackage(specifier);
    }
  }

  /** './model', './model.js' and './model.ts' all name model.ts, as the type checker has it. */
  #resolveLocal(specifier: string, parent: string): string {
    const path = fileURLToPath(new URL(specifier, parent));
    const stem = path.replace(/\.[mc]?jsx?$/, '');
    const candidates = [
      path,
      ...SOURCE_EXTENSIONS.flatMap((ext) => [stem + ext, path + ext, join(path, 'index' + ext)]),
    ];
    const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
    if (found) return pathToFileURL(found).href;
    const from = parent === this.#base ? currentFolder() : relative(currentFolder(), fileURLToPath(parent));
    throw failure(`cannot find module '${specifier}' from ${from}`, 'ERR_MODULE_NOT_FOUND');
  }

  /** JSON as a module: each of its keys is an export, all of it the default. */
  #json(file: string): Compiled {
    return this.#once(file, () => {
      const data = parseJson(file);
      const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
      const keys = isObject
        ? Object.keys(data).filter((key) => key !== 'default' && !/\p{Cs}/u.test(key))
        : [];
      return [
        `import { readFileSync } from 'node:fs';`,
        `const data = JSON.parse(readFileSync(${JSON.stringify(file)}, 'utf8').replace(/^\\uFEFF/, ''));`,
        `export default data;`,
        `const [${keys.map((_, i) => `_${i}`).join(', ')}] = Object.values(data ?? {});`.replace(
          'const [] = ',
          '',
        ),
        ...keys.map((key, i) => `export { _${i} as ${JSON.stringify(key)} };`),
      ].join('\n');
    });
  }

  /** Compiles a local file and everything local it imports; unchanged trees keep their module instance. */
  #compile(file: string): Compiled {
    return this.#once(file, (compiled) => {
      const source = readFileSync(file, 'utf8');
      const result = oxc().transformSync(file, source, {
        sourcemap: true,
        typescript: { onlyRemoveTypeImports: false },
      });
      if (result.errors.length)
        throw new SyntaxError(result.errors.map((e) => e.codeframe ?? e.message).join('\n'));
      const map = JSON.stringify({ ...result.map, sources: [file], sourcesContent: [source] });
      traceModule(compiled.url, relative(process.cwd(), file), source, [map]);
      const inline = Buffer.from(map).toString('base64'); // for debuggers
      return `${this.#relink(result.code, file, compiled)}\n//# sourceMappingURL=data:application/json;base64,${inline}\n`;
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
      const url = this.#resolve(specifier, parent);
      const target = this.#target(url);
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

function missingPackage(specifier: string, code = 'ERR_MODULE_NOT_FOUND'): Error {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return failure(
    `cannot find package '${name}' from ${currentFolder()}; install it with %npm i ${name}`,
    code,
  );
}

function failure(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

/** What compiled modules call for what only the runner knows. */
const IMPORT = `globalThis[Symbol.for('d2l-ts.import')]`;
const META = `globalThis[Symbol.for('d2l-ts.meta')]`;

/** A TypeScript file of the user's own; packages and plain JavaScript are left to Node. */
function localSource(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = fileURLToPath(url);
  if (path.includes(`${sep}node_modules${sep}`)) return undefined;
  return /^\.(m?ts|[tj]sx)$/.test(extname(path)) ? path : undefined;
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
