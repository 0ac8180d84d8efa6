/** @file The kernelspec: where Jupyter looks for it, what is in it, put there and taken away. */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PUT_ASIDE_BY_JUPYTER } from './certificates.js';
import { installLabExtension, uninstallLabExtension } from './labextension.js';
import { launcher, QUIET_LAUNCHER } from './listening.js';
import { KERNEL, PACKAGE } from './package.js';
import { installPapermill, uninstallPapermill } from './papermill.js';
import { PROTOCOL_VERSION } from './protocol/messages.js';

export const DEFAULT_NAME = 'd2l-ts';
const LOGOS = join(PACKAGE, 'kernel', 'logos');

export type Place = { kind: 'user' } | { kind: 'sys-prefix' } | { kind: 'prefix'; folder: string };

/** The prefix whose share/jupyter Jupyter searches. @throws Error when Python is needed and missing */
export function prefixOf(place: Place): string {
  if (place.kind === 'prefix') return place.folder;
  if (place.kind === 'sys-prefix') {
    try {
      return execFileSync('python3', ['-c', 'import sys; print(sys.prefix)'], { encoding: 'utf8' }).trim();
    } catch (error) {
      throw new Error(
        '--sys-prefix asks python3 where it lives, and python3 does not run; use --prefix DIR or --user',
        { cause: error },
      );
    }
  }
  return join(homedir(), '.local');
}

/** Jupyter's data folder of a place: kernels, and extensions of JupyterLab beside them. */
export function jupyterFolder(place: Place): string {
  if (place.kind === 'user') {
    if (process.env['JUPYTER_DATA_DIR']) return process.env['JUPYTER_DATA_DIR'];
    if (process.platform === 'darwin') return join(homedir(), 'Library', 'Jupyter');
    if (process.platform === 'win32') return join(process.env['APPDATA'] ?? homedir(), 'jupyter');
    return join(process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'jupyter');
  }
  return join(prefixOf(place), 'share', 'jupyter');
}

export function kernelFolder(place: Place, name: string): string {
  return join(jupyterFolder(place), 'kernels', name);
}

/** What Jupyter reads to start the kernel. `node` by its own path: a later `node` on the PATH may be another one. */
function kernelSpec(): object {
  // Not loaded with this file: doctor needs it, and is there to tell that ZeroMQ is broken.
  const { capability } = createRequire(import.meta.url)('zeromq') as typeof import('zeromq');
  return {
    argv: [...launcher(), process.execPath, KERNEL, 'run', '{connection_file}'],
    display_name: 'TypeScript',
    language: 'typescript',
    interrupt_mode: 'message',
    kernel_protocol_version: PROTOCOL_VERSION,
    metadata: {
      debugger: process.features.inspector,
      ...(capability.curve && { supported_encryption: ['curve'] }),
    },
    env: { ...PUT_ASIDE_BY_JUPYTER, ...QUIET_LAUNCHER },
  };
}

/** Installs the kernelspec, the plot renderer and papermill's translator. @returns the kernelspec's folder */
export function install(place: Place, name = DEFAULT_NAME): string {
  if (!/^[\w.-]+$/.test(name))
    throw new Error(`a kernel name has letters, digits, ".", "_" and "-" only, got "${name}"`);
  const folder = kernelFolder(place, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'kernel.json'), `${JSON.stringify(kernelSpec(), null, 2)}\n`);
  if (existsSync(LOGOS)) cpSync(LOGOS, folder, { recursive: true });
  installLabExtension(prefixOf(place), { data: jupyterFolder(place) });
  installPapermill(prefixOf(place));
  return folder;
}

/** @returns whether there was anything to take away */
export function uninstall(place: Place, name = DEFAULT_NAME): boolean {
  const folder = kernelFolder(place, name);
  const existed = existsSync(folder);
  rmSync(folder, { recursive: true, force: true });
  uninstallLabExtension(prefixOf(place), jupyterFolder(place));
  uninstallPapermill(prefixOf(place));
  return existed;
}
