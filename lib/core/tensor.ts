import { tf } from '../engine/tf.js';
import * as random from '../util/random.js';
import './lifetime.js';
import './tensor-text.js';

export { parameter, type Parameter } from './parameter.js';

/** A tensor of any rank: `shape`, `dtype` and the chained operations of TensorFlow.js. */
export interface Tensor extends tf.Tensor {}
/** A tensor without axes, `shape` `[]`. */
export interface Scalar extends tf.Tensor<tf.Rank.R0> {}
/** A vector, `shape` `[n]`. */
export interface Tensor1D extends tf.Tensor<tf.Rank.R1> {}
/** A matrix, `shape` `[rows, columns]`. */
export interface Tensor2D extends tf.Tensor<tf.Rank.R2> {}
/** Three axes; recurrent layers read it as `[steps, batch, features]`. */
export interface Tensor3D extends tf.Tensor<tf.Rank.R3> {}
/** Four axes. */
export interface Tensor4D extends tf.Tensor<tf.Rank.R4> {}

/** The element types of this library's tensors. */
export type DType = 'float32' | 'int32' | 'bool';
/** The type of weights and activations: `d2l.astype(x, d2l.float32)`. */
export const float32 = 'float32' as const;
/** The type of token indices. */
export const int32 = 'int32' as const;
/** TensorFlow.js has no 64-bit integers: an alias of `int32`, kept so that book code reads the same. */
export const int64 = 'int32' as const;

/** Nested numbers that `tensor` turns into an array of the same rank. */
export type Nested = number | boolean | readonly Nested[];

/**
 * Makes a tensor from nested numbers: `d2l.tensor([[1, 2], [3, 4]])` has shape `[2, 2]`.
 *
 * @throws naming both lengths, when rows are not equally long.
 */
export function tensor(values: number, dtype?: DType): Scalar;
export function tensor(values: readonly number[], dtype?: DType): Tensor1D;
export function tensor(values: readonly (readonly number[])[], dtype?: DType): Tensor2D;
export function tensor(values: readonly (readonly (readonly number[])[])[], dtype?: DType): Tensor3D;
export function tensor(values: Nested, dtype?: DType): Tensor;
export function tensor(values: Nested, dtype: DType = 'float32'): tf.Tensor {
  return tf.tensor(values as tf.TensorLike, shapeOf(values), dtype);
}

/** The shape of nested numbers, the same all over. */
function shapeOf(values: Nested): number[] {
  if (!Array.isArray(values)) return [];
  if (!values.some(Array.isArray)) return [values.length]; // of a million numbers none needs a shape of its own
  const [first = [], ...others] = (values as readonly Nested[]).map(shapeOf);
  const other = others.find((shape) => shape.join() !== first.join());
  if (other !== undefined) {
    const parts = [first, other].map((shape) => `(${shape.join(', ')})`);
    throw new Error(
      `a tensor has the same shape all over, but its parts have ${parts.join(' and ')}: fill up the shorter`,
    );
  }
  return [values.length, ...first];
}

/** A tensor of zeros, e.g. the first hidden state `d2l.zeros([batch, numHiddens])`. */
export function zeros(shape: [], dtype?: DType): Scalar;
export function zeros(shape: [number], dtype?: DType): Tensor1D;
export function zeros(shape: [number, number], dtype?: DType): Tensor2D;
export function zeros(shape: [number, number, number], dtype?: DType): Tensor3D;
export function zeros(shape: readonly number[], dtype?: DType): Tensor;
export function zeros(shape: readonly number[], dtype: DType = 'float32'): tf.Tensor {
  return tf.zeros([...shape], dtype);
}

/** A tensor of ones of a shape, `d2l.ones([2, 3])`. */
export function ones(shape: [], dtype?: DType): Scalar;
export function ones(shape: [number], dtype?: DType): Tensor1D;
export function ones(shape: [number, number], dtype?: DType): Tensor2D;
export function ones(shape: [number, number, number], dtype?: DType): Tensor3D;
export function ones(shape: readonly number[], dtype?: DType): Tensor;
export function ones(shape: readonly number[], dtype: DType = 'float32'): tf.Tensor {
  return tf.ones([...shape], dtype);
}

/** Draws from the normal distribution N(0, 1); repeatable after `seed(n)`. */
export function randn(shape: []): Scalar;
export function randn(shape: [number]): Tensor1D;
export function randn(shape: [number, number]): Tensor2D;
export function randn(shape: [number, number, number]): Tensor3D;
export function randn(shape: readonly number[]): Tensor;
export function randn(shape: readonly number[]): tf.Tensor {
  return tf.tensor(random.normal(shape), [...shape]);
}

/** Draws from the uniform distribution on [0, 1); repeatable after `seed(n)`. */
export function rand(shape: []): Scalar;
export function rand(shape: [number]): Tensor1D;
export function rand(shape: [number, number]): Tensor2D;
export function rand(shape: [number, number, number]): Tensor3D;
export function rand(shape: readonly number[]): Tensor;
export function rand(shape: readonly number[]): tf.Tensor {
  return tf.tensor(random.uniform(shape), [...shape]);
}

/** The integers 0 … n − 1, shape `[n]`, int32. */
export function arange(n: number): Tensor1D {
  return tf.range(0, n, 1, 'int32');
}
