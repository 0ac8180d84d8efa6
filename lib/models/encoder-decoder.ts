import { tf } from '../engine/tf.js';
import { missingMethod } from '../core/check.js';
import { Classifier } from '../core/classifier.js';
import { Module } from '../core/module.js';
import type { Tensor } from '../core/tensor.js';
import { warnUntrained } from '../core/trained.js';
import type { Device } from '../engine/device.js';

/**
 * Reads the source and gives what the decoder needs of it, of type `E` (d2l section 10.6). A subclass writes `forward`,
 * at once or later with `addToClass`.
 */
export abstract class Encoder<E = unknown> extends Module {
  /**
   * @param X the source, mostly tokens `(batch, steps)`; then whatever else is known of it, such as valid lengths.
   * @returns what the decoder's `initState` takes.
   * @throws when the subclass has no `forward` yet.
   */
  override forward(_X: Tensor, ..._args: Tensor[]): E {
    throw missingMethod(this, 'forward(X, ...args)');
  }
}

/**
 * Writes the target from a state of type `S`, which begins as what the encoder gave (d2l section 10.6). A subclass
 * writes `initState` and `forward`, at once or later with `addToClass`.
 */
export abstract class Decoder<E = unknown, S = unknown> extends Module {
  /**
   * The first state, from the encoder's outputs, which may be tensors of any shape.
   *
   * @throws when the subclass has no `initState` yet.
   */
  initState(_encAllOutputs: E, ..._args: Tensor[]): S {
    throw missingMethod(this, 'initState(encAllOutputs, ...args)');
  }

  /**
   * @param X target tokens `(batch, steps)`.
   * @returns logits `(batch, steps, vocabulary)` and the next state.
   * @throws when the subclass has no `forward` yet.
   */
  override forward(_X: Tensor, _state: S): readonly [outputs: Tensor, state: S] {
    throw missingMethod(this, 'forward(X, state)');
  }

  /**
   * The state of some rows of the batch, one row perhaps several times. With it beam search goes on from each step;
   * without it, it reads every translation from its beginning at every step.
   *
   * @param rows int32 `(n)`, the rows to take.
   */
  selectState?(state: S, rows: tf.Tensor1D): S;
}

/** A decoder that can show what it looked at in its last `forward` (d2l section 11.4). */
export abstract class AttentionDecoder<E = unknown, S = unknown> extends Decoder<E, S> {
  /** The weights of the last step, a tensor `(batch, queries, keys)` for each layer or head. */
  abstract get attentionWeights(): readonly Tensor[];
}

/** An encoder and a decoder as one model: it is trained on source and shifted target (d2l section 10.6). */
export class EncoderDecoder<E = unknown, S = unknown> extends Classifier {
  /**
   * @param encoder reads the source.
   * @param decoder writes the target.
   */
  constructor(
    readonly encoder: Encoder<E>,
    readonly decoder: Decoder<E, S>,
  ) {
    super();
  }

  /**
   * @param encX source tokens `(batch, steps)`.
   * @param decX target tokens moved one to the right, `<bos>` first: teacher forcing.
   * @param args valid lengths and the like, for encoder and decoder.
   * @returns logits `(batch, steps, vocabulary)`.
   */
  override forward(encX: Tensor, decX: Tensor, ...args: Tensor[]): Tensor {
    const state = this.decoder.initState(this.encoder.forward(encX, ...args), ...args);
    return this.decoder.forward(decX, state)[0];
  }

  /**
   * Translates a batch greedily: from `<bos>`, each step's most likely token is the next step's input. It does not
   * stop at `<eos>`; cut there.
   *
   * @param batch `[src, tgtIn, srcValidLen, label]`, of `tgtIn` only the first column is read.
   * @param device accepted as in the book; the work is done where the parameters are.
   * @param numSteps tokens to write.
   * @param saveAttentionWeights true also returns what an `AttentionDecoder` looked at in each step.
   * @returns tokens `(batch, numSteps)`, int32, and for each step the attention weights if asked for.
   */
  predictStep(
    batch: readonly Tensor[],
    _device: Device | undefined,
    numSteps: number,
    saveAttentionWeights = false,
  ): [tokens: tf.Tensor2D, attentionWeights: Tensor[][]] {
    const [src, tgt, srcValidLen] = batch as readonly [tf.Tensor, tf.Tensor, tf.Tensor];
    warnUntrained(this);
    const wasTraining = this.training;
    this.eval(); // without dropout, whatever came before
    try {
      return tf.tidy(() => {
        let state = this.decoder.initState(this.encoder.forward(src, srcValidLen), srcValidLen);
        let token: tf.Tensor = tf.slice(tgt, [0, 0], [-1, 1]);
        const tokens: tf.Tensor[] = [];
        const attention: Tensor[][] = [];
        for (let step = 0; step < numSteps; step++) {
          const [logits, next] = this.decoder.forward(token, state);
          state = next;
          token = tf.argMax(logits as tf.Tensor, 2);
          tokens.push(token);
          if (saveAttentionWeights) attention.push(attentionOf(this.decoder));
        }
        return [tf.concat(tokens, 1) as tf.Tensor2D, attention as tf.Tensor[][]];
      });
    } finally {
      this.train(wasTraining);
    }
  }
}

function attentionOf(decoder: Module): Tensor[] {
  if (decoder instanceof AttentionDecoder) return [...decoder.attentionWeights];
  throw new Error(
    `${decoder.constructor.name} has no attention weights to save: derive it from AttentionDecoder`,
  );
}
