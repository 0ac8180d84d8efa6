/** @file The wasm backend: started when it is wanted, and some of its kernels replaced. */
import { tf } from './tf.js';
import { replaceKernels } from './wasm-kernels.js';

/** Starts wasm as the backend that computes. @throws when it does not start */
export async function startWasm(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('it would not start');
  replaceKernels();
}
