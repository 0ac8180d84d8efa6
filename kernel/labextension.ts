/** @file Puts our renderers of figures and controls where JupyterLab and Notebook look for extensions, and takes it away again. */
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PACKAGE } from './package.js';

const NAME = 'd2l-ts-plot';
/** Scatter, bars and heat maps; the whole of plotly.js would be three times as large. */
const PLOTLY = 'plotly.js/dist/plotly-cartesian.min.js';

interface Manifest {
  jupyterlab: { _build: { load: string; mimeExtension: string } };
}

/**
 * Installs the JupyterLab extension for live plots and controls into a Python prefix; an older copy is replaced.
 * @param prefix folder with `share/jupyter`, such as a virtual environment
 * @param options `symlink` links to this package's files instead of copying them, for work on the renderer;
 *   `data` is Jupyter's data folder where it is not the prefix's `share/jupyter`
 * @returns the extension's folder
 * @throws Error when plotly.js is not installed
 */
export function installLabExtension(
  prefix: string,
  options: { symlink?: boolean; data?: string } = {},
): string {
  const source = join(PACKAGE, 'kernel', 'labextension');
  const plotly = findPlotly();
  const target = extensionFolder(options.data ?? dataFolder(prefix));
  const place = options.symlink === true ? symlinkSync : cpSync;
  rmSync(target, { recursive: true, force: true });
  mkdirSync(join(target, 'static'), { recursive: true });

  // The entry's name changes with the content of all files, or a browser would go on with the copies it keeps.
  const files = readdirSync(join(source, 'static'));
  const load = `static/remoteEntry.${hash(files.map((name) => join(source, 'static', name)))}.js`;
  for (const name of files) {
    place(
      join(source, 'static', name),
      join(target, name === 'remoteEntry.js' ? load : join('static', name)),
    );
  }
  place(plotly, join(target, 'static', 'plotly.min.js'));
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as Manifest;
  manifest.jupyterlab._build.load = load;
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return target;
}

/**
 * Removes what `installLabExtension` put there.
 * @returns whether there was something to remove
 */
export function uninstallLabExtension(prefix: string, data = dataFolder(prefix)): boolean {
  const target = extensionFolder(data);
  const found = existsSync(target);
  rmSync(target, { recursive: true, force: true });
  return found;
}

function dataFolder(prefix: string): string {
  return join(prefix, 'share', 'jupyter');
}

/** Where the extension is among Jupyter's data. */
export function extensionFolder(data: string): string {
  return join(data, 'labextensions', NAME);
}

/** The files that an installed extension lacks. @throws Error when its package.json is missing or broken */
export function missingFiles(folder: string): string[] {
  const { jupyterlab } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const views = readdirSync(join(PACKAGE, 'kernel', 'labextension', 'static'));
  const files = views.filter((name) => name !== 'remoteEntry.js').map((name) => join('static', name));
  const wanted = [jupyterlab._build.load, join('static', 'plotly.min.js'), ...files];
  return wanted.filter((file) => !existsSync(join(folder, file)));
}

function hash(paths: readonly string[]): string {
  const sum = createHash('sha256');
  for (const path of paths) sum.update(readFileSync(path));
  return sum.digest('hex').slice(0, 12);
}

function findPlotly(): string {
  try {
    return createRequire(import.meta.url).resolve(PLOTLY);
  } catch (cause) {
    throw new Error(`cannot find ${PLOTLY}: run "npm ci" in the d2l-ts folder, then install again`, {
      cause,
    });
  }
}
