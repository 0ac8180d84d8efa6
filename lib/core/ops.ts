import type { Device } from '../engine/device.js';
import { tf } from '../engine/tf.js';
import type { DType, Nested, Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D } from './tensor.js';

/**
 * Matrix product: `(n, m) · (m, p) → (n, p)`, batched over leading axes when there are any.
 *
 * @throws naming both shapes, when the inner axes differ.
 */
export function matmul(a: Tensor2D, b: Tensor2D): Tensor2D;
export function matmul(a: Tensor, b: Tensor): Tensor;
export function matmul(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  const inner = a.shape.at(-1);
  const rows = b.shape.at(-2);
  if (inner !== rows) {
    throw new Error(
      `matmul cannot multiply (${a.shape.join(', ')}) by (${b.shape.join(', ')}): the last axis of the first, ${inner}, must equal the second to last of the second, ${rows}`,
    );
  }
  return tf.matMul(a, b);
}

/** `tanh(x)`, element by element. */
export const tanh = <T extends tf.Tensor>(x: T): T => tf.tanh(x);
/** `1 / (1 + exp(−x))`, element by element. */
export const sigmoid = <T extends tf.Tensor>(x: T): T => tf.sigmoid(x);
/** `max(x, 0)`, element by element. */
export const relu = <T extends tf.Tensor>(x: T): T => tf.relu(x);
/** `e^x`, element by element. */
export const exp = <T extends tf.Tensor>(x: T): T => tf.exp(x);
/** The natural logarithm, element by element. */
export const log = <T extends tf.Tensor>(x: T): T => tf.log(x);
/** Probabilities along the last axis: `(..., n) → (..., n)`. */
export const softmax = <T extends tf.Tensor>(x: T): T => tf.softmax(x);

/** Joins tensors along an existing axis: `(2, n)` and `(3, n)` become `(5, n)`. */
export function concat<T extends tf.Tensor>(tensors: readonly T[], axis = 0): T {
  return tf.concat([...tensors], axis);
}

/** Joins tensors of one shape along a new axis: T matrices `(B, H)` become `(T, B, H)`. */
export function stack(tensors: readonly Tensor1D[], axis?: number): Tensor2D;
export function stack(tensors: readonly Tensor2D[], axis?: number): Tensor3D;
export function stack(tensors: readonly Tensor[], axis?: number): Tensor;
export function stack(tensors: readonly tf.Tensor[], axis = 0): tf.Tensor {
  return tf.stack([...tensors], axis);
}

/** Takes a tensor apart along an axis: `(T, B, H)` becomes T matrices `(B, H)`. */
export function unstack(x: Tensor3D, axis?: number): Tensor2D[];
export function unstack(x: Tensor2D, axis?: number): Tensor1D[];
export function unstack(x: Tensor, axis?: number): Tensor[];
export function unstack(x: tf.Tensor, axis = 0): tf.Tensor[] {
  if (x.shape.at(axis) === 1) return [tf.squeeze(x, [axis])]; // tfjs cannot differentiate an unstack into one
  return tf.unstack(x, axis);
}

/** The same numbers under another shape; one `-1` is worked out from the rest. */
export function reshape(x: Tensor, shape: [number]): Tensor1D;
export function reshape(x: Tensor, shape: [number, number]): Tensor2D;
export function reshape(x: Tensor, shape: [number, number, number]): Tensor3D;
export function reshape(x: Tensor, shape: readonly number[]): Tensor;
export function reshape(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return tf.reshape(x, [...shape]);
}

/** The transpose of a matrix: `(n, m) → (m, n)`. */
export function transpose(x: Tensor2D): Tensor2D {
  return tf.transpose(x);
}

/** Exchanges two axes: with 0 and 1, `(a, b, ...)` becomes `(b, a, ...)`. */
export function swapaxes<T extends tf.Tensor>(x: T, a: number, b: number): T {
  const order = x.shape.map((_, i) => i);
  const at = (axis: number): number => (axis < 0 ? axis + order.length : axis);
  [order[at(a)], order[at(b)]] = [order[at(b)]!, order[at(a)]!];
  return tf.transpose(x, order);
}

/** Adds an axis of length 1: `(n)` becomes `(1, n)`. */
export function expandDims(x: Tensor1D, axis?: number): Tensor2D;
export function expandDims(x: Tensor2D, axis?: number): Tensor3D;
export function expandDims(x: Tensor, axis?: number): Tensor;
export function expandDims(x: tf.Tensor, axis = 0): tf.Tensor {
  return tf.expandDims(x, axis);
}

/** Repeats the whole tensor `reps[i]` times along axis i. */
export function tile<T extends tf.Tensor>(x: T, reps: readonly number[]): T {
  return tf.tile(x, [...reps]);
}

/** The tensor read backwards along an axis; its shape stays. */
export function reverse<T extends tf.Tensor>(x: T, axis = 0): T {
  return tf.reverse(x, axis);
}

/** The index of the largest value along an axis (the last one by default), int32: `(..., n) → (...)`. */
export function argmax(x: tf.Tensor, axis = -1): Tensor {
  return tf.argMax(x, axis);
}

/** The same values, in the same shape, in another element type. */
export function astype<T extends tf.Tensor>(x: T, dtype: DType): T {
  return tf.cast(x, dtype);
}

/** The sum over an axis, `(a, b) → (b)` for axis 0, or over everything, a scalar. */
export function reduceSum(x: tf.Tensor): Scalar;
export function reduceSum(x: tf.Tensor, axis: number, keepDims?: boolean): Tensor;
export function reduceSum(x: tf.Tensor, axis?: number, keepDims = false): tf.Tensor {
  return tf.sum(x, axis, keepDims);
}

/** The mean over an axis, `(a, b) → (b)` for axis 0, or over everything, a scalar. */
export function reduceMean(x: tf.Tensor): Scalar;
export function reduceMean(x: tf.Tensor, axis: number, keepDims?: boolean): Tensor;
export function reduceMean(x: tf.Tensor, axis?: number, keepDims = false): tf.Tensor {
  return tf.mean(x, axis, keepDims);
}

/** One-hot rows: integers `(…)` become floats `(…, depth)`, 1 at each integer's place and 0 elsewhere. */
export function oneHot(indices: tf.Tensor, depth: number): Tensor {
  const whole = indices.dtype === 'int32' ? indices : tf.cast(indices, 'int32');
  // the wasm kernel writes integers whatever type it is asked for
  if (tf.getBackend() === 'wasm') return tf.cast(tf.oneHot(whole as tf.Tensor1D, depth), 'float32');
  return tf.oneHot(whole as tf.Tensor1D, depth, 1, 0, 'float32');
}

/** The tensor `(...)` itself: where it lives is the backend's affair; kept so that book code reads the same. */
export const to = <T extends tf.Tensor>(x: T, _device?: Device): T => x;

/** The values as nested JavaScript arrays, a number for a scalar; waits for the device. */
export function numpy(x: tf.Tensor): Nested {
  return x.arraySync();
}

/** The values as nested JavaScript arrays; the book's `tolist`. */
export const toList = numpy;
