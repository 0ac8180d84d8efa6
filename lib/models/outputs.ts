import { tf } from '../engine/tf.js';
import type { Tensor } from '../core/tensor.js';

/** The outputs of a recurrent part, a list of `(B, H)` or one `(T, B, H)`, as one `(T, B, H)`. */
export function joined(outputs: readonly Tensor[] | Tensor): tf.Tensor3D {
  return (Array.isArray(outputs) ? tf.stack(outputs as tf.Tensor[]) : outputs) as tf.Tensor3D;
}
