/** @file The recurrent layers, equal to PyTorch's nn.RNN, nn.LSTM and nn.GRU in weights, formulas and beginnings. */
import { cudnnCanRun, cudnnLayer, type CudnnMode, packWeights } from '../engine/cudnn.js';
import { numGpus } from '../engine/device.js';
import { tf } from '../engine/tf.js';
import { expectOptions, expectShape } from '../core/check.js';
import { Module } from '../core/module.js';
import { unstack } from '../core/ops.js';
import type { Parameter, Tensor, Tensor3D } from '../core/tensor.js';
import { tryCudnn } from './cudnn-trial.js';
import { dropout } from './dropout.js';
import { gatesOf, recur, total, wholeOf, type CellWeights, type Gate, type Sequence } from './gates.js';
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

/** One step: the gates and the last state to the output (B, H) and the next state. */
type Step<S> = (gates: readonly Gate[], state: S) => [h: tf.Tensor, state: S];

/**
 * What the layers have in common: weights, directions, dropout; `S` is the state of one cell. Each gate has products of
 * its own: cutting one wide product apart at every step would cost more than it saves.
 */
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
    expectOptions(new.target.name, options, ['numLayers', 'dropout', 'bidirectional']);
    this.numInputs = numInputs;
    this.numHiddens = numHiddens;
    this.numLayers = options.numLayers ?? 1;
    this.dropout = options.dropout ?? 0;
    this.bidirectional = options.bidirectional ?? false;
    this.saveHyperparameters(undefined, { ignore: ['ownBias'] });
    this.#cells = Array.from({ length: this.numLayers }, (_, layer) =>
      this.#directions.map((suffix) => this.#cell(gates, layer, suffix)),
    );
    if (numGpus() > 0) tryCudnn(() => new LSTM(2, 3, { bidirectional: true }));
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

  /** One step of a cell. */
  protected abstract readonly step: Step<S>;
  /** The cell's name at cuDNN. */
  protected abstract get mode(): CudnnMode;
  /** A cell's state as h and, if it has one, c. */
  protected abstract parts(state: S): readonly [h: tf.Tensor, c?: tf.Tensor];
  /** A cell's state of these. */
  protected abstract stateOf(h: tf.Tensor, c: tf.Tensor | undefined): S;
  /** Gates whose hidden bias the cell adds itself, for it is inside of a product. */
  protected readonly ownBias: readonly number[] = [];

  /**
   * Runs all layers.
   *
   * @param states one for each layer and direction: layer 0 forward, layer 0 reverse, layer 1 forward, …
   */
  protected run(inputs: Tensor3D, states: readonly S[]): [outputs: tf.Tensor3D, states: S[]] {
    expectShape(this.constructor.name, inputs, ['steps', 'batch', this.numInputs]);
    let sequence: Sequence = { whole: inputs as tf.Tensor3D };
    const last: S[] = [];
    this.#cells.forEach((directions, layer) => {
      if (layer > 0 && this.training && this.dropout > 0) {
        sequence = { whole: dropout(wholeOf(sequence), this.dropout) as tf.Tensor3D };
      }
      if (cudnnCanRun()) {
        const [whole, next] = this.#fused(wholeOf(sequence), directions, states.slice(last.length));
        sequence = { whole };
        last.push(...next);
        return;
      }
      const outputs = directions.map((weights, direction) => {
        const order = <T>(xs: T[]): T[] => (direction === 0 ? xs : xs.toReversed()); // the tape keeps the arrays
        let state = states[last.length] as S;
        const hs = order(gatesOf(sequence, weights, this.numHiddens, this.ownBias)).map((gates) => {
          const [h, next] = this.step(gates, state);
          state = next;
          return h;
        });
        last.push(state);
        return order(hs);
      });
      const [forward, backward] = outputs as [tf.Tensor[], tf.Tensor[]?];
      sequence = { steps: backward ? forward.map((h, t) => tf.concat([h, backward[t] ?? h], -1)) : forward };
    });
    return [wholeOf(sequence), last];
  }

  /** One layer as one op, on a GPU. */
  #fused(x: tf.Tensor3D, cells: readonly CellWeights[], states: readonly S[]): [tf.Tensor3D, S[]] {
    const parts = cells.map((_, i) => this.parts(states[i] as S));
    const cs = parts.flatMap(([, c]) => c ?? []);
    const [outputs, lastH, lastC] = cudnnLayer(this.mode, {
      x,
      h: tf.stack(parts.map(([h]) => h)),
      c: cs.length ? tf.stack(cs) : tf.scalar(0),
      params: packWeights(cells),
    });
    const memories = cs.length ? unstack(lastC as Tensor) : [];
    const next = unstack(lastH as Tensor).map((h, i) =>
      this.stateOf(h as tf.Tensor, memories[i] as tf.Tensor | undefined),
    );
    return [outputs, next];
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

/** A layer whose state is the hidden state alone. */
abstract class HiddenRecurrent extends Recurrent<tf.Tensor> {
  protected override parts(state: tf.Tensor): readonly [h: tf.Tensor] {
    return [state];
  }

  protected override stateOf(h: tf.Tensor): tf.Tensor {
    return h;
  }

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
  constructor(numInputs: number, numHiddens: number, options: RecurrentOptions = {}) {
    super(numInputs, numHiddens, 1, options);
  }

  protected override get mode(): CudnnMode {
    return 'rnn_tanh';
  }

  protected readonly step: Step<tf.Tensor> = ([gate], last) => {
    const h = tf.tanh(total(gate as Gate, last));
    return [h, h];
  };
}

/**
 * A layer of gated recurrent units (Cho et al. 2014) in PyTorch's form, which resets after the product:
 * `r, z = σ(W x + b + U h + c)`, `n = tanh(W_n x + b_n + r ⊙ (U_n h + c_n))`, `h ← (1 − z) ⊙ n + z ⊙ h`.
 */
export class GRU extends HiddenRecurrent {
  protected override readonly ownBias = [2];

  constructor(numInputs: number, numHiddens: number, options: RecurrentOptions = {}) {
    super(numInputs, numHiddens, 3, options);
  }

  protected override get mode(): CudnnMode {
    return 'gru';
  }

  protected readonly step: Step<tf.Tensor> = (gates, last) => {
    const [reset, update, fresh] = gates as [Gate, Gate, Gate];
    const r = tf.sigmoid(total(reset, last));
    const z = tf.sigmoid(total(update, last));
    const n = tf.tanh(tf.add(fresh.x, tf.mul(r, tf.add(recur(last, fresh), fresh.bias))));
    const h = tf.add(n, tf.mul(z, tf.sub(last, n)));
    return [h, h];
  };
}

type Pair = readonly [h: tf.Tensor, c: tf.Tensor];

/**
 * A layer of long short-term memory (Hochreiter & Schmidhuber 1997), gates stacked in the order i, f, g, o:
 * `c ← σ(f) ⊙ c + σ(i) ⊙ tanh(g)`, `h ← σ(o) ⊙ tanh(c)`.
 */
export class LSTM extends Recurrent<Pair> {
  constructor(numInputs: number, numHiddens: number, options: RecurrentOptions = {}) {
    super(numInputs, numHiddens, 4, options);
  }

  protected override get mode(): CudnnMode {
    return 'lstm';
  }

  protected override parts(state: Pair): Pair {
    return state;
  }

  protected override stateOf(h: tf.Tensor, c: tf.Tensor | undefined): Pair {
    return [h, c ?? h];
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

  protected readonly step: Step<Pair> = (gates, [last, memory]) => {
    const [input, forget, node, output] = gates as [Gate, Gate, Gate, Gate];
    const i = tf.sigmoid(total(input, last));
    const f = tf.sigmoid(total(forget, last));
    const g = tf.tanh(total(node, last));
    const o = tf.sigmoid(total(output, last));
    const c = tf.add(tf.mul(f, memory), tf.mul(i, g));
    const h = tf.mul(o, tf.tanh(c));
    return [h, [h, c]];
  };
}
