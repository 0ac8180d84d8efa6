/** @file Where things are. Default imports only in these scripts: an old Node must reach the check of its version. */
import path from 'node:path';
import url from 'node:url';

/** The project's folder. */
export const root = path.resolve(path.dirname(url.fileURLToPath(import.meta.url)), '../..');

/** The virtual environment that JupyterLab, TensorFlow and the kernelspec live in. */
export const venv = path.join(root, '.venv');

/** The Python of the virtual environment. */
export const venvPython =
  process.platform === 'win32' ? path.join(venv, 'Scripts', 'python.exe') : path.join(venv, 'bin', 'python');

/** Where the full output of each set-up step is kept. */
export const logs = path.join(root, '.cache', 'setup');

/** The path as a person standing in the project's folder would type it. */
export function short(file) {
  return path.relative(root, file) || '.';
}
