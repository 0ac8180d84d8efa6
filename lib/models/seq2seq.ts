import { tf } from '../engine/tf.js';
import { crossEntropy } from '../core/loss.js';
import type { Batch, Module } from '../core/module.js';
import type { Tensor, Tensor3D } from '../core/tensor.js';
import { xavierUniform } from '../nn/init.js';
import { Embedding, LazyLinear, Linear } from '../nn/layers.js';
import * as layers from '../nn/recurrent.js';
import { Adam } from '../nn/optim.js';
import { Decoder, Encoder, EncoderDecoder } from './encoder-decoder.js';
import { GRU } from './rnn-lm.js';

/**
 * Redraws by `xavierUniform` the weights of a `Linear` and every weight, but no bias, of a GRU layer; give it to
 * `apply` (d2l section 10.7). A lazy layer that has not seen an input keeps PyTorch's default, as in the book.
 */
export function initSeq2seq(module: Module): void {
  if (module instanceof Linear) xavierUniform(module.weight);
  if (module instanceof LazyLinear && module.weight !== undefined) xavierUniform(module.weight);
  if (module instanceof layers.GRU) {
    for (const [name, value] of module.ownParameters()) if (name.startsWith('weight')) xavierUniform(value);
  }
}

/** Outputs of the last layer `(steps, batch, H)` and the last state `(layers, batch, H)`. */
export type EncoderOutputs = [outputs: Tensor3D, state: Tensor3D];

/** `(batch, steps)` to embeddings `(steps, batch, E)`. */
const embedSteps = (embedding: Embedding, X: Tensor): tf.Tensor3D =>
  embedding.forward(tf.transpose(X as tf.Tensor)) as tf.Tensor3D;

/** Embedding and GRU: tokens `(batch, steps)` to all outputs and the last state (d2l section 10.7). */
export class Seq2SeqEncoder extends Encoder<EncoderOutputs> {
  /** Tokens to vectors of `embedSize` numbers. */
  readonly embedding: Embedding;
  /** The recurrent part. */
  readonly rnn: GRU;

  /**
   * @param vocabSize different tokens.
   * @param embedSize numbers in a token's vector.
   * @param numHiddens hidden units in each layer.
   * @param numLayers layers on top of each other, as many in encoder and decoder.
   * @param dropout the share of outputs zeroed between layers while training.
   */
  constructor(
    readonly vocabSize: number,
    readonly embedSize: number,
    readonly numHiddens: number,
    readonly numLayers: number,
    readonly dropout = 0,
  ) {
    super();
    this.saveHyperparameters();
    this.embedding = new Embedding(vocabSize, embedSize);
    this.rnn = new GRU(embedSize, numHiddens, numLayers, dropout);
    this.apply(initSeq2seq);
  }

  /**
   * @param X source tokens `(batch, steps)`.
   * @returns outputs `(steps, batch, H)` and state `(layers, batch, H)`.
   */
  override forward(X: Tensor, ..._validLens: Tensor[]): EncoderOutputs {
    return this.rnn.forward(embedSteps(this.embedding, X));
  }
}

/**
 * Embedding and GRU that also see the encoder's last output at every step, and a dense layer (d2l section 10.7).
 */
export class Seq2SeqDecoder extends Decoder<EncoderOutputs, EncoderOutputs> {
  /** Tokens to vectors of `embedSize` numbers. */
  readonly embedding: Embedding;
  /** The recurrent part. */
  readonly rnn: GRU;
  /** Outputs to logits over the vocabulary. */
  readonly dense: LazyLinear;

  /**
   * @param vocabSize different tokens.
   * @param embedSize numbers in a token's vector.
   * @param numHiddens hidden units in each layer.
   * @param numLayers layers on top of each other, as many in encoder and decoder.
   * @param dropout the share of outputs zeroed between layers while training.
   */
  constructor(
    readonly vocabSize: number,
    readonly embedSize: number,
    readonly numHiddens: number,
    readonly numLayers: number,
    readonly dropout = 0,
  ) {
    super();
    this.saveHyperparameters();
    this.embedding = new Embedding(vocabSize, embedSize);
    this.rnn = new GRU(embedSize + numHiddens, numHiddens, numLayers, dropout);
    this.dense = new LazyLinear(vocabSize);
    this.apply(initSeq2seq);
  }

  /** The encoder's outputs `(steps, batch, H)` and state `(layers, batch, H)` as they are. */
  override initState(encAllOutputs: EncoderOutputs): EncoderOutputs {
    return encAllOutputs;
  }

  /**
   * @param X target tokens `(batch, steps)`.
   * @param state the encoder's outputs and the hidden state.
   * @returns logits `(batch, steps, vocabSize)`, and the encoder's outputs with the next hidden state.
   */
  override forward(X: Tensor, state: EncoderOutputs): [outputs: Tensor, state: EncoderOutputs] {
    const [encOutput, hidden] = state;
    const embs = embedSteps(this.embedding, X); // (steps, batch, E)
    const context = lastStep(encOutput); // (1, batch, H)
    const repeated = tf.tile(context, [embs.shape[0], 1, 1]);
    const [outputs, next] = this.rnn.forward(tf.concat([embs, repeated], -1), hidden);
    return [tf.transpose(this.dense.forward(outputs) as tf.Tensor, [1, 0, 2]), [encOutput, next]];
  }

  override selectState([encOutput, hidden]: EncoderOutputs, rows: tf.Tensor1D): EncoderOutputs {
    return [selectRows(encOutput, rows), selectRows(hidden, rows)];
  }
}

const selectRows = (x: Tensor3D, rows: tf.Tensor1D): tf.Tensor3D => tf.gather(x as tf.Tensor3D, rows, 1);

function lastStep(outputs: Tensor3D): tf.Tensor3D {
  const [steps, batch, hiddens] = outputs.shape;
  return tf.slice(outputs as tf.Tensor3D, [steps - 1, 0, 0], [1, batch, hiddens]);
}

/** A translator: an encoder-decoder trained by Adam on a loss that leaves padding out (d2l section 10.7). */
export class Seq2Seq<E = EncoderOutputs, S = EncoderOutputs> extends EncoderDecoder<E, S> {
  /**
   * @param tgtPad the index of `<pad>` in the target's vocabulary.
   * @param lr Adam's learning rate.
   */
  constructor(
    encoder: Encoder<E>,
    decoder: Decoder<E, S>,
    readonly tgtPad: number,
    readonly lr: number,
  ) {
    super(encoder, decoder);
    this.saveHyperparameters();
  }

  /**
   * The mean cross-entropy of the labels that are not padding, a scalar in nats.
   *
   * @param yHat logits `(batch, steps, vocabSize)`.
   * @param y labels `(batch, steps)`.
   */
  override loss(yHat: Tensor, y: Tensor): Tensor {
    const losses = crossEntropy(yHat, y);
    const labels = tf.cast(tf.reshape(y as tf.Tensor, [-1]), 'int32');
    const mask = tf.cast(tf.notEqual(labels, tf.scalar(this.tgtPad, 'int32')), 'float32');
    return tf.div(tf.sum(tf.mul(losses as tf.Tensor, mask)), tf.sum(mask));
  }

  /** Plots the loss, a scalar, of one validation batch. */
  override validationStep(batch: Batch): void {
    this.plot('loss', this.loss(this.forwardBatch(batch), batch.at(-1) as Tensor), false);
  }

  override configureOptimizers(): Adam {
    return new Adam(this.parameters(), this.lr);
  }
}
