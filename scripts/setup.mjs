/** @file `npm run setup`: everything that npm start and npm test need, each part only where it is not there yet. */
import fs from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { build, checkNode, installNodeModules } from './house/node.mjs';
import { installKernel } from './house/kernelspec.mjs';
import { installPinned, installTensorflow, makeVenv } from './house/python.mjs';
import { Failure, isMain, main, say, seconds } from './house/command.mjs';
import { root, venv } from './house/paths.mjs';

const NEEDED_GB = 3;
const HELP = `npm run setup [-- options]
  --gpu            TensorFlow with CUDA 12 and cuDNN 9 (Linux, an NVIDIA GPU; about 3 GB to download)
  --cpu            TensorFlow for the processor (the default)
  --no-tensorflow  no TensorFlow: the wasm backend, slower, nothing to download
  --test           also what npm test needs`;

/**
 * Sets up node_modules, dist/, .venv and the kernelspec. Any part can be interrupted and run again.
 * @param {{test?: boolean, variant?: 'cpu' | 'gpu' | 'none', retry?: boolean}} options
 */
export async function setup({ test = false, variant, retry = false } = {}) {
  checkNode();
  checkDisk();
  const began = Date.now();
  // Downloads and the compiler wait on different things, so the two sides run side by side.
  const sides = await Promise.allSettled([nodeSide(), pythonSide(test, variant, retry)]);
  for (const side of sides) if (side.status === 'rejected') throw side.reason;
  await installKernel(sides[0].value);
  if (Date.now() - began > 3000) say(`✔ set-up complete (${seconds(began)})`);
}

/** Before the first download: a disk that fills half-way leaves a worse message. */
function checkDisk() {
  if (fs.existsSync(venv) && fs.existsSync(path.join(root, 'node_modules'))) return;
  const { bavail, bsize } = fs.statfsSync(root);
  const free = (bavail * bsize) / 1e9;
  if (free >= NEEDED_GB) return;
  const what = `the set-up needs about ${NEEDED_GB} GB; ${root} has ${free.toFixed(1)} GB free`;
  throw new Failure(what, 'free some space on that disk, then run it again');
}

async function nodeSide() {
  await installNodeModules();
  return build();
}

async function pythonSide(test, variant, retry) {
  await makeVenv();
  await installPinned('lab', 'JupyterLab (about 60 MB to download)');
  if (test) await installPinned('test', 'pytest and the Jupyter kernel test suite');
  await installTensorflow({ variant, retry });
}

async function command() {
  const { values } = util.parseArgs({
    options: {
      gpu: { type: 'boolean' },
      cpu: { type: 'boolean' },
      'no-tensorflow': { type: 'boolean' },
      test: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(HELP);
  const variant = values.gpu ? 'gpu' : values.cpu ? 'cpu' : values['no-tensorflow'] ? 'none' : undefined;
  await setup({ test: values.test ?? false, variant, retry: true });
  say('ready: npm start opens JupyterLab, npm test runs the tests');
  return 0;
}

if (isMain(import.meta.url)) await main(command);
