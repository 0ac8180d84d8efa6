/** @file The recurrent layers, equal to PyTorch's nn.RNN, nn.LSTM and nn.GRU in weights, formulas and beginnings. */
import { tf } from '../engine/tf.js';
import { expectShape } from '../core/check.js';
import { Module } from '../core/module.js';
import { unstack } from '../core/ops.js';
import type { Parameter, Tensor, Tensor3D } from '../core/tensor.js';
import { dropout } from './dropout.js';
import { uniformParameter } from './init.js';

/** The settings of a recurrent layer. */
export interface RecurrentOptions {
  /** Layers on top of each other, 1 by default. */
  numLayers?: number;
  /** The share of outputs zeroed between layers while training, 0 by default. */
  dropout?: number;
  /** true adds a second set of layers that reads backwards; outputs are concatenated on the last axis. */
  bidirectional?: boolean;
}

/** The four parameters of one layer in one direction; G gates of H units are stacked along the rows. */
export interface CellWeights {
  /** `(G · H, inputs)` */
  readonly weightIh: Parameter;
  /** `(G · H, H)` */
  readonly weightHh: Parameter;
  /** `(G · H)` */
  readonly biasIh: Parameter;
  /** `(G · H)` */
  readonly biasHh: Parameter;
}

/** Input projections (T of (B, G·H)) and a first state to outputs (T of (B, H)) and the last state. */
type Run<S> = (inputs: readonly tf.Tensor[], state: S, w: CellWeights) => [tf.Tensor[], S];

/** What the layers have in common: weights, directions, dropout; `S` is the state of one cell. */
abstract class Recurrent<S> extends Module {
  readonly numInputs: number;
  readonly numHiddens: number;
  readonly numLayers: number;
  readonly dropout: number;
  readonly bidirectional: boolean;
  /** `(gates · H, numInputs)`, the gates stacked along the rows. */
  declare weightIhL0: Parameter;
  /** `(gates · H, H)` */
  declare weightHhL0: Parameter;
  /** `(gates · H)` */
  declare biasIhL0: Parameter;
  /** `(gates · H)` */
  declare biasHhL0: Parameter;
  /** All parameters as PyTorch names them: `weightIhL0`, `biasHhL1`, `weightIhL0Reverse`. */
  [name: `${'weight' | 'bias'}${'Ih' | 'Hh'}L${number}`]: Parameter;
  [name: `${'weight' | 'bias'}${'Ih' | 'Hh'}L${number}Reverse`]: Parameter;

  /** Weights by layer, then direction. */
  readonly #cells: CellWeights[][];

  constructor(numInputs: number, numHiddens: number, gates: number, options: RecurrentOptions) {
    super();
    this.numInputs = numInputs;
    this.numHiddens = numHiddens;
    this.numLayers = options.numLayers ?? 1;
    this.dropout = options.dropout ?? 0;
    this.bidirectional = options.bidirectional ?? false;
    this.saveHyperparameters();
    this.#cells = Array.from({ length: this.numLayers }, (_, layer) =>
      this.#directions.map((suffix) => this.#cell(gates, layer, suffix)),
    );
  }

  get #directions(): readonly ('' | 'Reverse')[] {
    return this.bidirectional ? ['', 'Reverse'] : [''];
  }

  #cell(gates: number, layer: number, suffix: '' | 'Reverse'): CellWeights {
    const { numHiddens: h } = this;
    const inputs = layer === 0 ? this.numInputs : h * this.#directions.length;
    const make = (name: `${'weight' | 'bias'}${'Ih' | 'Hh'}`, ...shape: number[]): Parameter =>
      (this[`${name}L${layer}${suffix}` as 'weightIhL0'] = uniformParameter(shape, 1 / Math.sqrt(h)));
    return {
      weightIh: make('weightIh', gates * h, inputs),
      weightHh: make('weightHh', gates * h, h),
      biasIh: make('biasIh', gates * h),
      biasHh: make('biasHh', gates * h),
    };
  }

  /** One layer in one direction. */
  protected abstract readonly cell: Run<S>;
  /** True where both biases of a gate are only ever added up. */
  protected abstract readonly sumsBiases: boolean;

  /**
   * Runs all layers.
   *
   * @param states one for each layer and direction: layer 0 forward, layer 0 reverse, layer 1 forward, …
   */
  protected run(inputs: Tensor3D, states: readonly S[]): [outputs: tf.Tensor3D, states: S[]] {
    expectShape(this.constructor.name, inputs, ['steps', 'batch', this.numInputs]);
    let x = inputs as tf.Tensor3D;
    const last: S[] = [];
    this.#cells.forEach((directions, layer) => {
      if (layer > 0 && this.training) x = dropout(x, this.dropout) as tf.Tensor3D;
      const outputs = directions.map((weights, direction) => {
        const projected = this.#project(x, weights);
        const order = <T>(xs: T[]): T[] => (direction === 0 ? xs : xs.toReversed()); // the tape keeps the arrays
        const [hs, state] = this.cell(order(projected), states[last.length] as S, weights);
        last.push(state);
        return tf.stack(order(hs));
      });
      x = (outputs.length === 1 ? outputs[0] : tf.concat(outputs, -1)) as tf.Tensor3D;
    });
    return [x, last];
  }

  /** The part of all steps that does not depend on the state, in one product: T of (B, G·H). */
  #project(x: tf.Tensor3D, { weightIh, biasIh, biasHh }: CellWeights): tf.Tensor[] {
    const [steps, batch, features] = x.shape;
    const bias = this.sumsBiases ? tf.add(biasIh, biasHh) : biasIh;
    const rows = tf.matMul(tf.reshape(x, [steps * batch, features]), weightIh as tf.Tensor2D, false, true);
    const projected = tf.add(rows, bias);
    return steps === 1 ? [projected] : tf.split(projected, steps);
  }

  /** Layers times directions: the first axis of a state. */
  protected get numStates(): number {
    return this.numLayers * this.#directions.length;
  }

  /** The states of all cells, from one tensor `(layers · directions, B, H)` or zeros. */
  protected unstackState(name: string, state: Tensor | undefined, batch: number): tf.Tensor[] {
    if (state === undefined) {
      const zero = tf.zeros([batch, this.numHiddens]);
      return Array.from({ length: this.numStates }, () => zero);
    }
    expectShape(`${this.constructor.name}'s state ${name}`, state, [this.numStates, batch, this.numHiddens]);
    return unstack(state) as tf.Tensor[];
  }
}

/** `h · Wᵀ` for the state (B, H) and hidden weights (G·H, H). */
const recur = (h: tf.Tensor, weight: Parameter): tf.Tensor => tf.matMul(h, weight as tf.Tensor, false, true);

/** A layer whose state is the hidden state alone. */
abstract class HiddenRecurrent extends Recurrent<tf.Tensor> {
  /**
   * @param inputs `(T, B, numInputs)`.
   * @param state `(layers · directions, B, H)`, zeros when left out.
   * @returns outputs `(T, B, H · directions)` of the last layer, and the last state.
   */
  override forward(inputs: Tensor3D, state?: Tensor3D): [outputs: Tensor3D, state: Tensor3D] {
    const [outputs, last] = this.run(inputs, this.unstackState('H', state, inputs.shape[1]));
    return [outputs, tf.stack(last) as tf.Tensor3D];
  }
}

/** A layer of plain recurrent units (d2l section 9.6): `h ← tanh(W_ih x + b_ih + W_hh h + b_hh)`. */
export class RNN extends HiddenRecurrent {
  protected readonly sumsBiases = true;

  constructor(numInputs: number, numHiddens: number, options: RecurrentOptions = {}) {
    super(numInputs, numHiddens, 1, options);
  }

  protected readonly cell: Run<tf.Tensor> = (inputs, h, { weightHh }) => {
    const outputs = inputs.map((x) => (h = tf.tanh(tf.add(x, recur(h, weightHh)))));
    return [outputs, h];
  };
}

/**
 * A layer of gated recurrent units (Cho et al. 2014) in PyTorch's form, which resets after the product:
 * `r, z = σ(W x + b + U h + c)`, `n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n))`, `h ← (1 − z) ⊙ n + z ⊙ h`.
 */
export class GRU extends HiddenRecurrent {
  protected readonly sumsBiases = false;

  constructor(numInputs: number, numHiddens: number, options: RecurrentOptions = {}) {
    super(numInputs, numHiddens, 3, options);
  }

  protected readonly cell: Run<tf.Tensor> = (inputs, h, { weightHh, biasHh }) => {
    const n = this.numHiddens;
    const outputs = inputs.map((x) => {
      const hidden = tf.add(recur(h, weightHh), biasHh);
      const [xGates, xNew] = tf.split(x, [2 * n, n], 1) as [tf.Tensor, tf.Tensor];
      const [hGates, hNew] = tf.split(hidden, [2 * n, n], 1) as [tf.Tensor, tf.Tensor];
      const [r, z] = tf.split(tf.sigmoid(tf.add(xGates, hGates)), 2, 1) as [tf.Tensor, tf.Tensor];
      const fresh = tf.tanh(tf.add(xNew, tf.mul(r, hNew)));
      return (h = tf.add(fresh, tf.mul(z, tf.sub(h, fresh))));
    });
    return [outputs, h];
  };
}

type Pair = readonly [h: tf.Tensor, c: tf.Tensor];

/**
 * A layer of long short-term memory (Hochreiter & Schmidhuber 1997), gates stacked in the order i, f, g, o:
 * `c ← σ(f) ⊙ c + σ(i) ⊙ tanh(g)`, `h ← σ(o) ⊙ tanh(c)`.
 */
export class LSTM extends Recurrent<Pair> {
  protected readonly sumsBiases = true;

  constructor(numInputs: number, numHiddens: number, options: RecurrentOptions = {}) {
    super(numInputs, numHiddens, 4, options);
  }

  /**
   * @param inputs `(T, B, numInputs)`.
   * @param state H and C, each `(layers · directions, B, H)`, zeros when left out.
   * @returns outputs `(T, B, H · directions)` of the last layer, and the last H and C.
   */
  override forward(
    inputs: Tensor3D,
    state?: readonly [H: Tensor3D, C: Tensor3D],
  ): [outputs: Tensor3D, state: [H: Tensor3D, C: Tensor3D]] {
    const batch = inputs.shape[1];
    const hs = this.unstackState('H', state?.[0], batch);
    const cs = this.unstackState('C', state?.[1], batch);
    const first = hs.map((h, i): Pair => [h, cs[i] as tf.Tensor]);
    const [outputs, last] = this.run(inputs, first);
    const H = tf.stack(last.map(([h]) => h)) as tf.Tensor3D;
    return [outputs, [H, tf.stack(last.map(([, c]) => c)) as tf.Tensor3D]];
  }

  protected readonly cell: Run<Pair> = (inputs, [h, c], { weightHh }) => {
    const n = this.numHiddens;
    const outputs = inputs.map((x) => {
      const sum = tf.add(x, recur(h, weightHh));
      const [inForget, node, out] = tf.split(sum, [2 * n, n, n], 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const [i, f] = tf.split(tf.sigmoid(inForget), 2, 1) as [tf.Tensor, tf.Tensor];
      c = tf.add(tf.mul(f, c), tf.mul(i, tf.tanh(node)));
      return (h = tf.mul(tf.sigmoid(out), tf.tanh(c)));
    });
    return [outputs, [h, c]];
  };
}
