import { tf } from '../engine/tf.js';
import type { Tensor } from '../core/tensor.js';
import { randomUniform } from '../engine/random.js';

/** Makes uniform draws on [0, 1) of a shape. */
export type UniformSource = (shape: readonly number[]) => tf.Tensor;

let source: UniformSource = (shape) => randomUniform([...shape]);

/** Draws dropout's randomness from elsewhere while `fn` runs: a stored mask, say. @internal */
export function withUniformSource<T>(other: UniformSource, fn: () => T): T {
  const before = source;
  source = other;
  try {
    return fn();
  } finally {
    source = before;
  }
}

/**
 * Zeroes each number of a tensor `(...)` with probability `p` and scales the others by 1 / (1 − p), whatever the mode
 * (d2l section 5.6); repeatable after `seed(n)`.
 */
export function dropout(x: Tensor, p: number): Tensor {
  if (p === 0) return x;
  const kept = tf.cast(tf.greaterEqual(source(x.shape), p), 'float32');
  return tf.mul(x as tf.Tensor, tf.mul(kept, 1 / (1 - p)));
}
