/**
 * @file Registers gradients and chained ops, which tfjs ships only inside its umbrella package.
 * That package also loads layers, data, the converter and WebGL, 60 ms that every user would feel: it sees empty
 * modules in their place, and is then forgotten, so that whoever imports `@tensorflow/tfjs` gets a whole one.
 */
import './loader.js';
import './node-util.js';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const cache = require.cache;

/** Loads `id` while the modules `absent`, as `id` would resolve them, are empty. */
export function requireWithout(id: string, absent: readonly string[]): unknown {
  const from = createRequire(require.resolve(id));
  const stubs = absent.map((name) => from.resolve(name)).filter((path) => cache[path] === undefined);
  for (const path of stubs) {
    cache[path] = { id: path, filename: path, loaded: true, exports: {}, children: [], paths: [] } as never;
  }
  try {
    return require(id);
  } finally {
    for (const path of stubs) delete cache[path];
  }
}

const umbrella = '@tensorflow/tfjs';
const whole = cache[require.resolve(umbrella)] !== undefined;
const unneeded = ['layers', 'data', 'converter', 'backend-webgl'].map((part) => `@tensorflow/tfjs-${part}`);
requireWithout(umbrella, unneeded);

/** Loads tfjs-node's kernels and backend class, whose own `@tensorflow/tfjs` is the one loaded here. */
export function requireNodeKernels(): unknown {
  const backend = requireWithout('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js', [
    './proto/api_pb',
  ]);
  require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js');
  return backend;
}

/** Lets a later `import '@tensorflow/tfjs'` load the whole package. */
export function forgetUmbrella(): void {
  if (!whole) delete cache[require.resolve(umbrella)];
}
