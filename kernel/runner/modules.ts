/**
 * @file How cells import: ESM and CommonJS packages and JSON as Node finds them from the notebook's folder; local
 * TypeScript files compiled here, and read again when they have changed.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, extname, join, relative, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import MagicString from 'magic-string';
import { oxc } from '../oxc.js';
import { RESOLVER } from '../package.js';
import { scratch } from '../scratch.js';
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

export class Modules {
  readonly #compiled = new Map<string, Compiled>();
  #version = 0;
  #find!: typeof resolve;

  /** @param imported called after a cell has imported a package by this name */
  constructor(private readonly imported: (specifier: string) => void) {}

  /** The place cells import from; %cd and process.chdir move it. */
  get #base(): string {
    return pathToFileURL(join(process.cwd(), 'cell.ts')).href;
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
    return Object.assign((specifier: string): unknown => from(specifier)(specifier), {
      ...createRequire(this.#base),
      resolve,
    }) as NodeJS.Require;
  }

  /** The namespace of a module named in a cell. @throws Error with the hint what to install */
  async import(specifier: string): Promise<object> {
    this.#find ??= ((await import(pathToFileURL(RESOLVER).href)) as { resolve: typeof resolve }).resolve;
    const url = this.#resolve(specifier, this.#base);
    // Node wants `with { type: 'json' }`, which not every Node 20 can parse; the type checker asks for nothing.
    if (url.endsWith('.json'))
      return { default: JSON.parse(readFileSync(fileURLToPath(url), 'utf8')) as unknown };
    const file = localSource(url);
    const namespace = (await import(file ? this.#compile(file).url : url)) as object;
    this.imported(specifier);
    return namespace;
  }

  #resolve(specifier: string, parent: string): string {
    const local = this.#resolveLocal(specifier, parent);
    if (local) return local;
    try {
      return this.#find(specifier, parent);
    } catch (error) {
      if (OWN_PACKAGES.test(specifier)) return this.#find(specifier, import.meta.url);
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ERR_MODULE_NOT_FOUND' || /^[./]/.test(specifier)) throw error;
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      throw new Error(`cannot find package '${name}' from ${process.cwd()}; install it with %npm i ${name}`);
    }
  }

  /** './model', './model.js' and './model.ts' all name model.ts, as the type checker has it. */
  #resolveLocal(specifier: string, parent: string): string | undefined {
    if (!/^(\.{0,2}\/|file:)/.test(specifier)) return undefined;
    const path = fileURLToPath(new URL(specifier, parent));
    const stem = path.replace(/\.[mc]?jsx?$/, '');
    const candidates = [
      path,
      ...SOURCE_EXTENSIONS.flatMap((ext) => [stem + ext, path + ext, join(path, 'index' + ext)]),
    ];
    const found = candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
    return found && pathToFileURL(found).href;
  }

  /** Compiles a local file and everything local it imports; unchanged trees keep their module instance. */
  #compile(file: string): Compiled {
    const known = this.#compiled.get(file);
    if (known && [...known.files].every(([path, time]) => mtime(path) === time)) return known;
    const out = this.#outFile(file);
    const compiled: Compiled = { url: pathToFileURL(out).href, files: new Map([[file, mtime(file)]]) };
    this.#compiled.set(file, compiled); // before its imports, which may be circular
    const source = readFileSync(file, 'utf8');
    const label = relative(process.cwd(), file);
    const result = oxc().transformSync(file, source, {
      sourcemap: true,
      typescript: { onlyRemoveTypeImports: false },
    });
    if (result.errors.length)
      throw new SyntaxError(result.errors.map((e) => e.codeframe ?? e.message).join('\n'));
    const map = JSON.stringify({ ...result.map, sources: [file], sourcesContent: [source] });
    const inline = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}\n`; // for debuggers
    writeFileSync(out, `${this.#relink(result.code, file, compiled)}\n${inline}`);
    traceModule(compiled.url, label, source, [map]);
    return compiled;
  }

  /** Import specifiers of compiled code made absolute, because the code moves to another folder. */
  #relink(code: string, file: string, compiled: Compiled): string {
    const parent = pathToFileURL(file).href;
    const edited = new MagicString(code);
    const { module } = oxc().parseSync('module.mjs', code);
    const link = (start: number, end: number, specifier: string): void => {
      const url = this.#resolve(specifier, parent);
      const local = localSource(url);
      const target = local ? this.#compile(local) : undefined;
      target?.files.forEach((time, path) => compiled.files.set(path, time));
      edited.overwrite(start, end, JSON.stringify(target?.url ?? url));
    };
    for (const { moduleRequest } of module.staticImports)
      link(moduleRequest.start, moduleRequest.end, moduleRequest.value);
    for (const { entries } of module.staticExports) {
      const request = entries.find((entry) => entry.moduleRequest)?.moduleRequest;
      if (request) link(request.start, request.end, request.value);
    }
    for (const { moduleRequest } of module.dynamicImports) {
      const text = code.slice(moduleRequest.start, moduleRequest.end);
      if (/^(['"]).*\1$/.test(text)) link(moduleRequest.start, moduleRequest.end, text.slice(1, -1));
    }
    edited.replaceAll('import.meta.url', JSON.stringify(parent));
    return edited.toString();
  }

  /** A fresh path each time, since Node never loads the same URL twice. */
  #outFile(file: string): string {
    return join(scratch('modules', String(process.pid), String(this.#version++)), `${basename(file)}.mjs`);
  }
}

/** A TypeScript file of the user's own; packages and plain JavaScript are left to Node. */
function localSource(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = fileURLToPath(url);
  if (path.includes(`${sep}node_modules${sep}`)) return undefined;
  return /^\.(m?ts|[tj]sx)$/.test(extname(path)) ? path : undefined;
}

function mtime(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return -1;
  }
}
