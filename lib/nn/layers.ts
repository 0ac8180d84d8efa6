import { tf } from '../engine/tf.js';
import { expectShape } from '../core/check.js';
import { expectIndices } from '../core/indices.js';
import type { Lazy } from '../core/lazy.js';
import { Module } from '../core/module.js';
import { oneHot } from '../core/ops.js';
import type { Parameter, Tensor } from '../core/tensor.js';
import { dropout } from './dropout.js';
import { normalParameter, uniformParameter } from './init.js';

/** `x · Wᵀ + b` on the last axis, whatever the axes before it. */
function affine(x: tf.Tensor, weight: Parameter, bias: Parameter | undefined): Tensor {
  const rows = x.rank === 2 ? x : tf.reshape(x, [-1, weight.shape[1] ?? 1]);
  let y: tf.Tensor = tf.matMul(rows, weight as tf.Tensor, false, true);
  if (bias !== undefined) y = tf.add(y, bias);
  return x.rank === 2 ? y : tf.reshape(y, [...x.shape.slice(0, -1), weight.shape[0] ?? 1]);
}

/**
 * A fully connected layer: `(..., numInputs) → (..., numOutputs)`, `y = x · Wᵀ + b`.
 * Weight `(numOutputs, numInputs)` and bias begin in U(±1/√numInputs), as PyTorch's.
 */
export class Linear extends Module {
  /** `(numOutputs, numInputs)` */
  readonly weight: Parameter;
  /** `(numOutputs)`, if there is one. */
  readonly bias: Parameter | undefined;

  /**
   * @param numInputs numbers in an input's last axis.
   * @param numOutputs numbers in an output's last axis.
   */
  constructor(
    readonly numInputs: number,
    readonly numOutputs: number,
    { bias = true }: { bias?: boolean } = {},
  ) {
    super();
    this.saveHyperparameters();
    const bound = 1 / Math.sqrt(numInputs);
    this.weight = uniformParameter([numOutputs, numInputs], bound);
    this.bias = bias ? uniformParameter([numOutputs], bound) : undefined;
  }

  /** `(..., numInputs) → (..., numOutputs)`. @throws naming both shapes, when the last axis is another. */
  override forward(x: Tensor): Tensor {
    expectLast(`Linear(${this.numInputs}, ${this.numOutputs})`, x, this.numInputs);
    return affine(x as tf.Tensor, this.weight, this.bias);
  }
}

/**
 * A `Linear` that takes the size of its input from its first input; until then it has no parameters (PyTorch's layer of
 * that name, d2l section 6.4).
 */
export class LazyLinear extends Module implements Lazy {
  /** `(numOutputs, numInputs)`, once there was an input. */
  weight: Parameter | undefined;
  /** `(numOutputs)`, once there was an input. */
  bias: Parameter | undefined;

  /** @param numOutputs numbers in an output's last axis. */
  constructor(readonly numOutputs: number) {
    super();
    this.saveHyperparameters();
  }

  /** True until there was an input. */
  get waiting(): boolean {
    return this.weight === undefined;
  }

  /** Makes the parameters for inputs whose last axis is `numInputs` long. */
  materialize(numInputs: number): void {
    const bound = 1 / Math.sqrt(numInputs);
    this.weight = uniformParameter([this.numOutputs, numInputs], bound);
    this.bias = uniformParameter([this.numOutputs], bound);
  }

  /** `(..., numInputs) → (..., numOutputs)`. @throws naming both shapes, when the last axis is not the first input's. */
  override forward(x: Tensor): Tensor {
    if (this.weight === undefined) this.materialize(x.shape.at(-1) ?? 1);
    const weight = this.weight as Parameter;
    expectLast(`LazyLinear(${this.numOutputs})`, x, weight.shape[1] ?? 1);
    return affine(x as tf.Tensor, weight, this.bias);
  }
}

/**
 * A table of vectors: integers `(...) → (..., embedSize)`. The table `(vocabSize, embedSize)` begins in N(0, 1), as
 * PyTorch's does (d2l section 10.7).
 */
export class Embedding extends Module {
  /** `(vocabSize, embedSize)` */
  readonly weight: Parameter;

  /**
   * @param vocabSize rows of the table: indices are below it.
   * @param embedSize numbers in a vector.
   * @param paddingIdx a row whose gradient stays zero.
   */
  constructor(
    readonly vocabSize: number,
    readonly embedSize: number,
    readonly paddingIdx: number | null = null,
  ) {
    super();
    this.saveHyperparameters();
    this.weight = normalParameter([vocabSize, embedSize]);
  }

  /** Integers `(...)` to their vectors `(..., embedSize)`. @throws naming an integer that is no row of the table. */
  override forward(indices: Tensor): Tensor {
    const rows = tf.cast(indices as tf.Tensor, 'int32');
    const vectors = lookUp(this.weight as tf.Tensor2D, rows);
    if (this.paddingIdx === null) return vectors;
    const trained = tf.cast(tf.notEqual(rows, this.paddingIdx), 'float32');
    return holdBack(vectors, tf.expandDims(trained, -1));
  }
}

/** Rows of a table. Without the kernel of gather's gradient, as on wasm, by a product with one-hot vectors. */
function lookUp(table: tf.Tensor2D, rows: tf.Tensor): tf.Tensor {
  const [vocabSize, embedSize] = table.shape;
  expectIndices(rows, vocabSize);
  if (tf.getKernel('UnsortedSegmentSum', tf.getBackend()) !== undefined) return gathered(table, rows);
  const product = tf.matMul(oneHot(tf.reshape(rows, [-1]), vocabSize) as tf.Tensor2D, table);
  return tf.reshape(product, [...rows.shape, embedSize]);
}

/** `gather` whose indices may come from the model itself, as when a decoder reads what it wrote: tfjs' own fails then. */
function gathered(table: tf.Tensor2D, rows: tf.Tensor): tf.Tensor {
  const [vocabSize, embedSize] = table.shape;
  return tf.customGrad((weights, save) => {
    (save as tf.GradSaveFunc)([rows]);
    return {
      value: tf.gather(weights as tf.Tensor2D, rows),
      gradFunc: (dy, [saved]) =>
        tf.unsortedSegmentSum(
          tf.reshape(dy as tf.Tensor, [-1, embedSize]),
          tf.reshape(saved as tf.Tensor, [-1]) as tf.Tensor1D,
          vocabSize,
        ),
    };
  })(table);
}

/** The same values, but the gradient flows only where `mask` is 1. */
function holdBack(x: tf.Tensor, mask: tf.Tensor): tf.Tensor {
  return tf.customGrad((value, save) => {
    (save as tf.GradSaveFunc)([mask]);
    return {
      value: tf.clone(value as tf.Tensor),
      gradFunc: (dy, saved) => tf.mul(dy as tf.Tensor, saved[0] as tf.Tensor),
    };
  })(x);
}

/**
 * Zeroes each number with probability p and scales the others by 1 / (1 − p); only while training (Srivastava et al.
 * 2014, d2l section 5.6).
 */
export class Dropout extends Module {
  /** @param p the probability, 0.5 by default. @throws when it is not in [0, 1). */
  constructor(readonly p = 0.5) {
    super();
    if (!(p >= 0 && p < 1)) throw new Error(`Dropout expects a probability in [0, 1), got ${p}`);
    this.saveHyperparameters();
  }

  /** The input's shape `(...)` stays. */
  override forward(x: Tensor): Tensor {
    return this.training ? dropout(x, this.p) : x;
  }
}

/** `max(x, 0)` as a layer (d2l section 5.1). */
export class ReLU extends Module {
  /** `max(x, 0)`, element by element. */
  override forward(x: Tensor): Tensor {
    return tf.relu(x as tf.Tensor);
  }
}

/** `tanh` as a layer (d2l section 5.1). */
export class Tanh extends Module {
  /** `tanh(x)`, element by element. */
  override forward(x: Tensor): Tensor {
    return tf.tanh(x as tf.Tensor);
  }
}

/** `(batch, ...) → (batch, n)` as a layer, what PyTorch calls Flatten too. */
export class Flatten extends Module {
  /** `(batch, ...) → (batch, n)`. */
  override forward(x: Tensor): Tensor {
    return tf.reshape(x as tf.Tensor, [x.shape[0] ?? 1, -1]);
  }
}

/** A module from one tensor to one tensor. */
export interface Layer extends Module {
  /** The layer's output; what shapes `(...)` it takes and gives is the layer's affair. */
  forward(x: Tensor): Tensor;
}

/** Applies layers one after another; its parameters are named `0.weight`, `1.weight` and so on (d2l section 6.1). */
export class Sequential extends Module {
  /** In the order in which they are applied. */
  readonly layers: readonly Layer[];

  constructor(...layers: Layer[]) {
    super();
    this.layers = layers;
  }

  /** The number of layers. */
  get length(): number {
    return this.layers.length;
  }

  /** The first layer's input `(...)` to the last layer's output. */
  override forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), x);
  }

  override namedChildren(): [string, Module][] {
    return this.layers.map((layer, i) => [String(i), layer]);
  }
}

function expectLast(layer: string, x: Tensor, size: number): void {
  expectShape(layer, x, [...x.shape.slice(0, -1).map(() => '…'), size]);
}
