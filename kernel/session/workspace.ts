/**
 * @file The file the compiler reads cells from. It lies in a mirror of the notebook's folder, not in the folder itself:
 * nothing is left behind there, and it may be read-only. `node_modules` of the folder and of those above are linked
 * into the mirror at the same height, and `rootDirs` lays the mirror over the real tree for relative imports.
 */
import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, parse, relative } from 'node:path';
import { PACKAGE } from '../package.js';
import { scratch } from '../scratch.js';

/** What most first cells use of Node, without Node's types. */
const LEAN = join(PACKAGE, 'kernel', 'session', 'lean.d.ts');

export class Workspace {
  readonly cell: string;
  /** The project: the cell, and all that it can name. */
  readonly config: string;
  /** The same without Node's types, loaded in a quarter of the time. */
  readonly lean: string;

  #file = -1;

  /** @param jsx the package that JSX elements are made by, none when JSX is off */
  constructor(
    readonly cwd: string,
    private readonly jsx?: string,
  ) {
    const here = join(scratch('cells'), relative(parse(cwd).root, cwd));
    this.cell = join(here, jsx ? 'd2l-ts-cell.tsx' : 'd2l-ts-cell.ts');
    this.config = join(here, 'd2l-ts-cell.json');
    this.lean = join(here, 'd2l-ts-lean.json');
    this.#lay();
  }

  #lay(): void {
    const { cwd } = this;
    mkdirSync(dirname(this.cell), { recursive: true });
    this.link();
    this.close();
    this.#file = openSync(this.cell, 'w');
    const project = projectOf(cwd, this.cell, [scratch('cells'), parse(cwd).root], this.jsx);
    const { compilerOptions, files } = project;
    writeFileSync(this.config, JSON.stringify(project));
    writeFileSync(
      this.lean,
      JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] }, files: [...files, LEAN] }),
    );
  }

  /** Lays the packages of the folder and of those above into the mirror; again when some may have come. */
  link(): void {
    const { cwd } = this;
    const mirror = scratch('cells');
    const { root } = parse(cwd);
    for (let folder = cwd; ; folder = dirname(folder)) {
      // The notebook's own may still come, with %npm.
      if (folder === cwd || existsSync(join(folder, 'node_modules'))) {
        linkFolder(join(folder, 'node_modules'), join(mirror, relative(root, folder), 'node_modules'));
      }
      if (folder === root) break;
    }
  }

  close(): void {
    if (this.#file >= 0) closeSync(this.#file);
    this.#file = -1;
  }

  write(text: string): void {
    if (!existsSync(this.cell)) this.#lay(); // somebody has tidied up the folder for temporary files
    const bytes = Buffer.from(text);
    // Kept open, and cut after the writing: a file that is emptied and closed is flushed to the disk, 2 ms a cell.
    let at = 0;
    // A disk that is nearly full takes a part of it; the next call says why it takes no more.
    while (at < bytes.length) at += writeSync(this.#file, bytes, at, bytes.length - at, at);
    ftruncateSync(this.#file, at);
  }
}

function linkFolder(target: string, path: string): void {
  if (!existsSync(path)) {
    try {
      symlinkSync(target, path, 'junction');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // a link whose target is not there yet
    }
  }
}

interface Project {
  compilerOptions: object;
  files: string[];
}

function projectOf(cwd: string, cell: string, rootDirs: string[], jsx: string | undefined): Project {
  const own = join(PACKAGE, 'node_modules');
  const roots: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    roots.push(join(folder, 'node_modules', '@types'));
    if (dirname(folder) === folder) break;
  }
  return {
    compilerOptions: {
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      module: 'esnext',
      moduleResolution: 'bundler',
      moduleDetection: 'force',
      rootDirs,
      types: ['node'],
      ...(jsx && { jsx: 'react-jsx', jsxImportSource: jsx }),
      typeRoots: [...roots, join(own, '@types')].filter((root) => existsSync(root)),
      paths: {
        'd2l-ts': [join(PACKAGE, 'dist', 'lib', 'main.d.ts')],
        'd2l-ts/package.json': [join(PACKAGE, 'package.json')],
        tslab: [join(own, 'tslab')],
      },
      strict: true,
      skipLibCheck: true,
      noEmit: true,
      resolveJsonModule: true,
      allowImportingTsExtensions: true,
      experimentalDecorators: true,
      allowSyntheticDefaultImports: true,
      esModuleInterop: true,
    },
    files: [cell, join(PACKAGE, 'kernel', 'runner', 'globals.d.ts')],
  };
}
