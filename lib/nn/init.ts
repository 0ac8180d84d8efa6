import { tf } from '../engine/tf.js';
import { parameter, type Parameter } from '../core/tensor.js';
import * as random from '../util/random.js';

/** A parameter of `shape`, such as `(out, in)`, drawn from U(−bound, bound), what PyTorch's layers begin with. */
export function uniformParameter(shape: readonly number[], bound: number): Parameter {
  return fresh(shape, random.uniform(shape, -bound, bound));
}

/** A parameter of `shape`, such as `(rows, columns)`, drawn from N(0, std²), what PyTorch's embeddings begin with. */
export function normalParameter(shape: readonly number[], std = 1): Parameter {
  return fresh(
    shape,
    random.normal(shape).map((value) => value * std),
  );
}

/** A parameter whose first value nobody else needs. */
function fresh(shape: readonly number[], values: Float32Array): Parameter {
  return tf.tidy(() => parameter(tf.tensor(values, [...shape])) as never);
}

function fill(target: Parameter, values: Float32Array): void {
  tf.tidy(() => target.assign(tf.tensor(values, target.shape)));
}

/** Redraws a parameter of any shape from U(low, high): PyTorch's `init.uniform_`. */
export function initUniform(target: Parameter, low: number, high: number): void {
  fill(target, random.uniform(target.shape, low, high));
}

/** Redraws a parameter of any shape from N(mean, std²): PyTorch's `init.normal_` (d2l section 6.3). */
export function initNormal(target: Parameter, mean = 0, std = 1): void {
  fill(
    target,
    random.normal(target.shape).map((value) => mean + std * value),
  );
}

/** Sets every number of a parameter of any shape: PyTorch's `init.constant_` (d2l section 6.3). */
export function initConstant(target: Parameter, value: number): void {
  tf.tidy(() => target.assign(tf.fill(target.shape, value)));
}

/**
 * Redraws a matrix `(out, in)` from U(−b, b) with b = √(6 / (fan in + fan out)) (Glorot & Bengio 2010). A recurrent layer's
 * weights count as the one stacked matrix they are, as in PyTorch.
 *
 * @throws when the parameter is no matrix.
 */
export function xavierUniform(target: Parameter): void {
  const [fanOut, fanIn] = target.shape;
  if (fanOut === undefined || fanIn === undefined || target.rank !== 2) {
    throw new Error(`xavierUniform expects a matrix, got shape (${target.shape.join(', ')})`);
  }
  const bound = Math.sqrt(6 / (fanIn + fanOut));
  initUniform(target, -bound, bound);
}
