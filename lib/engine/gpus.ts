/** @file What a GPU is called and whether it works. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Binding } from './binding.js';
import { DType, typeAttr } from './dtypes.js';

/** A GPU that TensorFlow can use. */
export interface Gpu {
  /** The maker's name, or TensorFlow's where the driver gives none. */
  readonly name: string;
  /** The memory TensorFlow may use, in bytes. */
  readonly memoryBytes: number;
  /** TensorFlow's name for it. */
  readonly device: string;
}

const DRIVER = '/proc/driver/nvidia/gpus';

/** Whether the machine has an NVIDIA driver with a card, whatever TensorFlow thinks of it. */
export const hasNvidiaDriver = (): boolean => existsSync(DRIVER) && readdirSync(DRIVER).length > 0;

/** The models that the driver names, in the order of their bus addresses. */
function driverNames(): string[] {
  if (!existsSync(DRIVER)) return [];
  return readdirSync(DRIVER)
    .sort()
    .map(
      (card) => /Model:\s*(.+)/.exec(readFileSync(join(DRIVER, card, 'information'), 'utf8'))?.[1] ?? 'GPU',
    );
}

/** The GPUs among TensorFlow's devices; names only when the driver and TensorFlow count alike. */
export function listGpus(binding: Binding): Gpu[] {
  const devices = binding.devices.filter((device) => device.type === 'GPU');
  const names = driverNames();
  return devices.map(({ name, memoryBytes }, i) => ({
    name: names.length === devices.length ? (names[i] ?? 'GPU') : `GPU ${i}`,
    memoryBytes,
    device: name,
  }));
}

/**
 * Multiplies two matrices where tensors live by default: a card that is too old for TensorFlow's build, or without
 * its cuBLAS, is listed all the same and fails here.
 * @throws TensorFlowError with the reason
 */
export function tryArithmetic(binding: Binding): void {
  const two = binding.createTensor([1, 1], DType.TF_FLOAT, Float32Array.of(2));
  const [product] = binding.executeOp('MatMul', [typeAttr('T', DType.TF_FLOAT)], [two, two], 1);
  if (!product) throw new Error('internal: MatMul gave no output');
  const [value] = binding.tensorDataSync(product.id) as Float32Array;
  binding.deleteTensor(product.id);
  binding.deleteTensor(two);
  if (value !== 4) throw new Error(`2 x 2 came out as ${value}`);
}
