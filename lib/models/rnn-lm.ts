import { tf } from '../engine/tf.js';
import { Module } from '../core/module.js';
import type { Tensor, Tensor3D } from '../core/tensor.js';
import { LazyLinear } from '../nn/layers.js';
import * as layers from '../nn/recurrent.js';
import { joined } from './outputs.js';
import { RNNLMScratch } from './rnn-scratch.js';

/** A recurrent layer with a state of type `S`: `d2l.nn.RNN`, `d2l.nn.GRU`, `d2l.nn.LSTM`. */
export interface RecurrentLayer<S> extends Module {
  /** Inputs `(steps, batch, features)` to outputs `(steps, batch, H)` and the last state. */
  forward(inputs: Tensor3D, state?: S): [outputs: Tensor3D, state: S];
}

/** The state of an LSTM layer: H and C, each `(layers · directions, batch, H)`. */
export type LSTMState = [H: Tensor3D, C: Tensor3D];

/** A recurrent network on a layer of the library (d2l section 9.6). */
export class RNN<S = Tensor3D> extends Module {
  /** The layer that is wrapped; its weights are `(gates · H, inputs)`. */
  readonly rnn: RecurrentLayer<S>;

  /**
   * @param numInputs numbers that come in at a step.
   * @param numHiddens hidden units, the width of the outputs.
   * @param rnn the layer to wrap; plain recurrent units by default.
   */
  constructor(
    readonly numInputs: number,
    readonly numHiddens: number,
    ...rnn: S extends Tensor3D ? [rnn?: RecurrentLayer<S>] : [rnn: RecurrentLayer<S>]
  ) {
    super();
    this.saveHyperparameters();
    this.rnn = rnn[0] ?? (new layers.RNN(numInputs, numHiddens) as unknown as RecurrentLayer<S>);
  }

  /**
   * @param inputs `(steps, batch, numInputs)`.
   * @returns outputs `(steps, batch, numHiddens)` and the last state.
   */
  override forward(inputs: Tensor3D, state?: S): [outputs: Tensor3D, state: S] {
    return this.rnn.forward(inputs, state);
  }
}

/** Long short-term memory on the library's layer (d2l section 10.1). */
export class LSTM extends RNN<LSTMState> {
  /** As `RNN`'s, without a layer. */
  constructor(numInputs: number, numHiddens: number) {
    super(numInputs, numHiddens, new layers.LSTM(numInputs, numHiddens));
  }
}

/** Gated recurrent units in one or more layers on the library's layer (d2l sections 10.2 and 10.3). */
export class GRU extends RNN {
  /**
   * @param numHiddens hidden units in each layer.
   * @param numLayers layers on top of each other.
   * @param dropout the share of outputs zeroed between layers while training.
   */
  constructor(
    numInputs: number,
    numHiddens: number,
    readonly numLayers = 1,
    readonly dropout = 0,
  ) {
    super(numInputs, numHiddens, new layers.GRU(numInputs, numHiddens, { numLayers, dropout }));
    this.saveHyperparameters();
  }
}

/** Gated recurrent units in both directions (d2l section 10.4); `numHiddens` is that of both together. */
export class BiGRU extends Module {
  /** The layer that is wrapped; its weights are `(3 · H, inputs)` in each direction. */
  readonly rnn: RecurrentLayer<Tensor3D>;
  /** The width of the outputs: both directions together. */
  readonly numHiddens: number;

  /**
   * @param numInputs numbers that come in at a step.
   * @param numHiddens hidden units in each direction.
   */
  constructor(
    readonly numInputs: number,
    numHiddens: number,
  ) {
    super();
    this.rnn = new layers.GRU(numInputs, numHiddens, { bidirectional: true });
    this.numHiddens = 2 * numHiddens;
    this.saveHyperparameters({ numInputs, numHiddens: this.numHiddens });
  }

  /**
   * @param inputs `(steps, batch, numInputs)`.
   * @param state `(2, batch, H)`, zeros when left out.
   * @returns outputs `(steps, batch, numHiddens)`: forward, then backward; and the last state of both.
   */
  override forward(inputs: Tensor3D, state?: Tensor3D): [outputs: Tensor3D, state: Tensor3D] {
    return this.rnn.forward(inputs, state);
  }
}

/** A language model whose output layer is a `LazyLinear` (d2l section 9.6): tokens `(batch, steps)` to logits. */
export class RNNLM<S = Tensor3D> extends RNNLMScratch<S> {
  /** The output layer. */
  declare linear: LazyLinear;

  override initParams(): void {
    this.linear = new LazyLinear(this.vocabSize);
  }

  override outputLayer(rnnOutputs: readonly Tensor[] | Tensor): Tensor {
    return tf.transpose(this.linear.forward(joined(rnnOutputs)) as tf.Tensor, [1, 0, 2]);
  }
}
