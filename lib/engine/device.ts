/** @file Devices, by d2l's names: `cpu()`, `gpu(i)`, `numGpus()`, `tryGpu(i)`. */
import { backendInfo } from './backend.js';

/** A place where tensors live and ops run. */
export class Device {
  constructor(
    readonly type: 'cpu' | 'gpu',
    readonly index = 0,
  ) {}

  toString(): string {
    return this.type === 'cpu' ? 'cpu' : `gpu(${this.index})`;
  }
}

/** The CPU (d2l section 6.7). */
export const cpu = (): Device => new Device('cpu');

/** The i-th GPU, whether or not it exists: `tryGpu` is the one that checks (d2l section 6.7). */
export const gpu = (index = 0): Device => new Device('gpu', index);

/** How many GPUs TensorFlow can use (d2l section 6.7). */
export const numGpus = (): number => backendInfo().gpus.length;

/** The i-th GPU if there is one, else the CPU (d2l section 6.7). */
export const tryGpu = (index = 0): Device => (index < numGpus() ? gpu(index) : cpu());
