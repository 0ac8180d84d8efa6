/** @file Where ops run when the machine has both: TensorFlow prefers a GPU, a trainer may keep to the CPU. */
import type { Binding } from './binding.js';
import { nodeBackend } from './kernels.js';

/** The parts of a binding that placing needs. */
type Placed = Pick<Binding, 'devices' | 'isUsingGpuDevice' | 'opDevice'>;

/**
 * From now on all ops and captured steps run on the CPU, and new tensors stay there; those on a GPU are copied when
 * they are used. Without a GPU there is nothing to do.
 *
 * @returns ends it.
 */
export function placeOnCpu(binding: Placed | undefined = nodeBackend()?.binding): () => void {
  const cpu = binding?.devices.find(({ type }) => type === 'CPU');
  if (!binding || !cpu || !binding.isUsingGpuDevice()) return () => undefined;
  const before = binding.opDevice;
  binding.opDevice = cpu.name;
  return () => {
    binding.opDevice = before;
  };
}
