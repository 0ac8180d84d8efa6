/** @file What Jupyter itself sees: the folders it searches, and the kernels that start this program. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join } from 'node:path';
import { DEFAULT_NAME, jupyterFolder } from './install.js';
import { extensionFolder, missingFiles } from './labextension.js';
import { KERNEL } from './package.js';
import { attempt, checkNode, type Repair } from './repair.js';

/** A kernel that Jupyter may start. */
export interface InstalledSpec {
  readonly name: string;
  readonly folder: string;
  /** Whether it is the one that Jupyter starts under this name: another folder may come first. */
  readonly used: boolean;
}

/** What to look for: in Jupyter's folders and one more that comes first, kernels of this name or all of ours. */
export interface Search {
  data?: string;
  name?: string;
}

/** Answers of the `jupyter` on the PATH. @throws Error when there is none */
function jupyter(args: readonly string[], { data }: Search): string {
  const path = [data, process.env['JUPYTER_PATH']].filter(Boolean).join(delimiter);
  const env = { ...process.env, ...(path && { JUPYTER_PATH: path }) };
  return execFileSync('jupyter', [...args], { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'ignore'] });
}

/** The version line of JupyterLab, or what else there is of Jupyter. */
export function jupyterVersion(): string {
  const lines = jupyter(['--version'], {}).split('\n');
  return lines.find((line) => /lab/.test(line)) ?? 'found';
}

/** Folders with kernels and extensions, the first one first. */
export function dataFolders(search: Search): string[] {
  return (JSON.parse(jupyter(['--paths', '--json'], search)) as { data: string[] }).data;
}

/** All our kernels in those folders, also ones that Jupyter cannot read or that are hidden by others of their name. */
export function ourSpecs(search: Search): InstalledSpec[] {
  const listed = JSON.parse(jupyter(['kernelspec', 'list', '--json'], search)) as {
    kernelspecs: Record<string, { resource_dir: string }>;
  };
  const seen = new Map(Object.entries(listed.kernelspecs).map(([name, spec]) => [spec.resource_dir, name]));
  const found = dataFolders(search).flatMap((data) => kernelsIn(join(data, 'kernels')));
  return [...new Set([...seen.keys(), ...found])]
    .map((folder) => ({ name: basename(folder).toLowerCase(), folder, used: seen.has(folder) }))
    .filter((spec) => (search.name ? spec.name === search.name.toLowerCase() : isOurs(spec)));
}

function kernelsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'kernel.json')));
}

function isOurs({ name, folder }: InstalledSpec): boolean {
  return (
    name === DEFAULT_NAME || readFileSync(join(folder, 'kernel.json'), 'utf8').includes(basename(KERNEL))
  );
}

/** The command that puts a kernel into this folder. */
function installCommand(folder: string, { command }: Repair): string {
  const data = dirname(dirname(folder));
  const name = basename(folder) === DEFAULT_NAME ? '' : ` --name ${basename(folder)}`;
  const place = data === jupyterFolder({ kind: 'user' }) ? '--user' : `--prefix ${dirname(dirname(data))}`;
  return `run d2l-ts install again: ${command} install ${place}${name}`;
}

/** The spec must start this kernel with a Node that runs. @returns what it starts @throws Error with the next step */
export function checkSpec({ folder, used }: InstalledSpec, steps: Repair): string {
  const again = installCommand(folder, steps);
  const file = join(folder, 'kernel.json');
  const spec = attempt(
    () => JSON.parse(readFileSync(file, 'utf8')) as { argv?: unknown },
    `${file} cannot be read; ${again}`,
  );
  const argv = Array.isArray(spec.argv) ? spec.argv.map(String) : [];
  const missing = argv.find((path) => isAbsolute(path) && !existsSync(path));
  if (missing) throw new Error(`${folder} starts ${missing}, which is gone; ${again}`);
  const at = argv.findIndex((path) => basename(path) === basename(KERNEL));
  if (at < 1) throw new Error(`${folder} does not start this kernel but "${argv.join(' ')}"; ${again}`);
  const node = argv[at - 1]!;
  const version = attempt(
    () => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim(),
    `${folder} starts ${node}, which does not run; ${again}`,
  );
  checkNode(version, `${node}, which ${folder} starts,`);
  const other = argv[at] === KERNEL ? '' : ` (it starts another copy of this kernel: ${argv[at]})`;
  const hidden = used ? '' : ' (not what Jupyter starts under this name: it lists another one, or none)';
  return `${folder}${other}${hidden}`;
}

/** JupyterLab's renderer of figures; plots are still pictures without it. @throws Error with the next step */
export function checkRenderer(search: Search, steps: Repair): string {
  const folders = dataFolders(search).map(extensionFolder);
  const again = `plots stand still until you run ${steps.command} install again`;
  const folder = folders.find((path) => existsSync(path));
  if (!folder) throw new Error(`none of ${folders.join(', ')} is there; ${again}`);
  const missing = attempt(() => missingFiles(folder), `${folder} cannot be read; ${again}`);
  if (missing.length) throw new Error(`${folder} lacks ${missing.join(', ')}; ${again}`);
  return folder;
}
