/** @file Makes the TypeScript kernel known to the JupyterLab in .venv. */
import fs from 'node:fs';
import path from 'node:path';
import { step } from './command.mjs';
import { readStamp, writeStamp } from './python.mjs';
import { root, venv } from './paths.mjs';

/** Installs the kernelspec (and the plot renderer that goes with it) unless it is of this build already. */
export async function installKernel(buildState) {
  // The spec names Node and the project's folder by their full paths.
  const wanted = [process.execPath, root, buildState].join(' ');
  const spec = path.join(venv, 'share', 'jupyter', 'kernels', 'd2l-ts', 'kernel.json');
  if (fs.existsSync(spec) && readStamp().kernel === wanted) return;
  const args = [path.join(root, 'dist', 'bin', 'd2l-ts.cjs'), 'install', '--prefix', venv];
  await step('TypeScript kernel for JupyterLab', process.execPath, args, { log: 'kernel' });
  writeStamp({ kernel: wanted });
}
