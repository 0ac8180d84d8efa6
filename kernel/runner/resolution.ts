/** @file What an import names: packages as Node finds them from the notebook's folder, local files as TypeScript has them. */
import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { RESOLVER } from '../package.js';
import { load } from './realm.js';
import type { resolve } from './resolve.js';

const SOURCE_EXTENSIONS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx'];
/** Packages a notebook may use from any folder: found beside the kernel when the folder has none. */
const OWN_PACKAGES = /^(d2l-ts|tslab|typescript|@oxc-project\/runtime)(\/|$)/;

/** What names a file, and not a package. */
const LOCAL = /^(\.{0,2}\/|file:)/;

/** Taken before a cell can replace it. */
const currentFolder = process.cwd.bind(process);

export class Resolution {
  #cwd = '';
  #folder = '';
  #cellMeta: object = {};
  #find: typeof resolve | undefined;

  /** The folder that cells import from, as a URL; %cd and process.chdir move it. */
  get folder(): string {
    this.#move();
    return this.#folder;
  }

  /** The same as a path. */
  get cwd(): string {
    this.#move();
    return this.#cwd;
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

  /** The file that a cell's imports are relative to. */
  get base(): string {
    return `${this.folder}cell.ts`;
  }

  /** Node's own resolution can only be had by an import. */
  async begin(): Promise<void> {
    this.#find ??= ((await load(pathToFileURL(RESOLVER).href)) as { resolve: typeof resolve }).resolve;
  }

  /** `require` as a file in the notebook's folder has it, wherever that is by now. */
  get require(): NodeJS.Require {
    const from = (specifier: string): NodeJS.Require => {
      const here = createRequire(this.base);
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
        throw isCells ? failure(`Cannot find module '${specifier}'; ${installHint(specifier)}`, code) : error;
      }
    };
    return Object.assign(load, {
      ...createRequire(this.base),
      resolve,
    }) as NodeJS.Require;
  }

  /** `import.meta` of a file. */
  meta(file: string): object {
    const url = pathToFileURL(file).href;
    const resolve = (specifier: string): string => {
      try {
        return this.resolve(String(specifier), url);
      } catch (error) {
        if (!LOCAL.test(specifier)) throw error;
        return new URL(specifier, url).href; // Node does not look whether it is there
      }
    };
    return { __proto__: null, dirname: dirname(file), filename: file, resolve, url };
  }

  /** @throws Error that says what is missing, and how to install it */
  resolve(specifier: string, parent: string): string {
    if (LOCAL.test(specifier)) return this.#resolveLocal(specifier, parent);
    try {
      return this.#find!(specifier, parent);
    } catch (error) {
      if (OWN_PACKAGES.test(specifier)) return this.#find!(specifier, import.meta.url);
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
      throw failure(
        `cannot find package '${specifier}' from ${currentFolder()}; ${installHint(specifier)}`,
        'ERR_MODULE_NOT_FOUND',
      );
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
    const from = parent === this.base ? currentFolder() : relative(currentFolder(), fileURLToPath(parent));
    throw failure(`cannot find module '${specifier}' from ${from}`, 'ERR_MODULE_NOT_FOUND');
  }
}

function installHint(specifier: string): string {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return `install it with %npm i ${name}`;
}

function failure(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}
