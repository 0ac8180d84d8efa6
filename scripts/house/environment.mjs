/** @file The environment that JupyterLab, the tests and the notebooks run in. */
import fs from 'node:fs';
import path from 'node:path';
import { root, venv, venvPython } from './paths.mjs';

/** This process's environment with .venv in front, and the data that lie beside the project if there are any. */
export function venvEnvironment() {
  const bin = path.dirname(venvPython);
  const env = { ...process.env, VIRTUAL_ENV: venv, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` };
  // A kernel of the same name in the user's home must not win over the one just built.
  env.JUPYTER_PREFER_ENV_PATH = '1';
  const beside = path.join(root, '..', 'shared', 'data');
  if (!env.D2L_DATA && fs.existsSync(beside)) env.D2L_DATA = beside;
  return env;
}
