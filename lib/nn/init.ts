import { tf } from '../engine/tf.js';
import { parameter, type Parameter } from '../core/tensor.js';
import * as random from '../util/random.js';

/** A parameter drawn from U(−bound, bound), what PyTorch's layers begin with. */
export function uniformParameter(shape: readonly number[], bound: number): Parameter {
  return fresh(shape, random.uniform(shape, -bound, bound));
}

/** A parameter drawn from N(0, std²). */
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

/** Redraws a parameter from U(low, high). */
export function initUniform(target: Parameter, low: number, high: number): void {
  fill(target, random.uniform(target.shape, low, high));
}

/** Redraws a parameter from N(mean, std²). */
export function initNormal(target: Parameter, mean = 0, std = 1): void {
  fill(
    target,
    random.normal(target.shape).map((value) => mean + std * value),
  );
}

/** Sets every number of a parameter. */
export function initConstant(target: Parameter, value: number): void {
  tf.tidy(() => target.assign(tf.fill(target.shape, value)));
}

/**
 * Redraws a matrix from U(−b, b) with b = √(6 / (fan in + fan out)) (Glorot & Bengio 2010). A recurrent layer's
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
