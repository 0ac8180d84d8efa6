import { tf } from '../engine/tf.js';
import type { EncoderDecoder } from '../models/encoder-decoder.js';
import type { Tensor } from '../core/tensor.js';

/** How a beam search looks for translations. */
export interface BeamOptions {
  /** Translations kept at each step, 3 by default; 1 is greedy search. */
  beamSize?: number;
  /** The longest translation, in tokens. */
  numSteps: number;
  /** Index of the token that ends a translation. */
  eos: number;
  /** The power of the length by which log-probabilities are divided, .75 by default (d2l section 10.8). */
  lengthPenalty?: number;
}

/** A translation and how the model rates it. */
export interface Hypothesis {
  /** Token indices without `<bos>`; the last is `<eos>` unless `numSteps` came first. */
  readonly tokens: readonly number[];
  /** `log p(tokens) / tokens.length ^ lengthPenalty`, at most 0; higher is better. */
  readonly score: number;
}

interface Beam {
  readonly tokens: readonly number[];
  readonly logP: number;
}

/**
 * Searches for the translations that the model thinks most likely (d2l section 10.8). All sentences and all their
 * beams go through the decoder as one batch.
 *
 * @param batch `[src, tgtIn, srcValidLen, label]`, of `tgtIn` only the first column is read.
 * @returns for each sentence its best translations, the best first.
 */
export function beamSearch<E, S>(
  model: EncoderDecoder<E, S>,
  batch: readonly Tensor[],
  { beamSize = 3, numSteps, eos, lengthPenalty = 0.75 }: BeamOptions,
): Hypothesis[][] {
  if (!(Number.isInteger(beamSize) && beamSize > 0)) {
    throw new Error(`beamSize must be a positive integer, got ${beamSize}`);
  }
  const wasTraining = model.training;
  model.eval();
  try {
    return new Search(model, batch, beamSize, eos, lengthPenalty).run(numSteps);
  } finally {
    model.train(wasTraining);
  }
}

/** One search over a batch: `sentences · beamSize` rows, those of a sentence next to each other. */
class Search<E, S> {
  readonly #sentences: number;
  readonly #first: readonly number[];
  #beams: Beam[][];
  readonly #done: Hypothesis[][];

  constructor(
    readonly model: EncoderDecoder<E, S>,
    readonly batch: readonly Tensor[],
    readonly beamSize: number,
    readonly eos: number,
    readonly lengthPenalty: number,
  ) {
    const tgt = batch[1] as tf.Tensor;
    const [sentences = 0, steps = 1] = tgt.shape;
    const tokens = tgt.dataSync();
    this.#sentences = sentences;
    this.#first = Array.from({ length: sentences }, (_, i) => tokens[i * steps] ?? 0);
    this.#beams = this.#first.map(() => [{ tokens: [], logP: 0 }]);
    this.#done = this.#first.map(() => []);
  }

  run(numSteps: number): Hypothesis[][] {
    for (let step = 0; step < numSteps && this.#beams.some((beams) => beams.length > 0); step++) {
      this.#advance(this.#logProbabilities());
    }
    return this.#done.map((done, i) =>
      [...done, ...(this.#beams[i] ?? []).map((beam) => this.#finished(beam))]
        .sort((a, b) => b.score - a.score)
        .slice(0, this.beamSize),
    );
  }

  /**
   * Log-probabilities of the next token, a row for each beam. The decoder reads each beam from its beginning: any
   * type of state is right that way, and sentences are short.
   */
  #logProbabilities(): Float32Array[] {
    const { model, beamSize } = this;
    const [src, , validLen] = this.batch as readonly [tf.Tensor, tf.Tensor, tf.Tensor];
    const rows = Array.from({ length: this.#sentences * beamSize }, (_, row) => {
      const sentence = Math.floor(row / beamSize);
      return [this.#first[sentence] ?? 0, ...(this.#beamAt(sentence, row % beamSize)?.tokens ?? [])];
    });
    const longest = Math.max(...rows.map((row) => row.length));
    const padded = rows.map((row) => [
      ...row,
      ...Array.from({ length: longest - row.length }, () => this.eos),
    ]);
    const sentenceOf = rows.map((_, row) => Math.floor(row / beamSize));
    return tf
      .tidy(() => {
        const each = tf.tensor1d(sentenceOf, 'int32');
        const lens = tf.gather(validLen, each);
        const logits = model.forward(tf.gather(src, each), tf.tensor2d(padded, undefined, 'int32'), lens);
        const last = tf.slice(logits as tf.Tensor3D, [0, longest - 1, 0], [-1, 1, -1]);
        return tf.unstack(tf.reshape(tf.logSoftmax(last), [rows.length, -1]));
      })
      .map((row) => {
        const values = row.dataSync<'float32'>();
        row.dispose();
        return values;
      });
  }

  #beamAt(sentence: number, index: number): Beam | undefined {
    return this.#beams[sentence]?.[index];
  }

  /** Lengthens every beam by every token and keeps the best of each sentence. */
  #advance(logP: readonly Float32Array[]): void {
    this.#beams = this.#beams.map((beams, sentence) => {
      const open = this.beamSize - (this.#done[sentence]?.length ?? 0);
      const candidates = beams.flatMap((beam, i) =>
        best(logP[sentence * this.beamSize + i] ?? new Float32Array(), this.beamSize).map(([token, p]) => ({
          tokens: [...beam.tokens, token],
          logP: beam.logP + p,
        })),
      );
      const kept = candidates.sort((a, b) => b.logP - a.logP).slice(0, open);
      for (const beam of kept)
        if (beam.tokens.at(-1) === this.eos) this.#done[sentence]?.push(this.#finished(beam));
      return kept.filter((beam) => beam.tokens.at(-1) !== this.eos);
    });
  }

  #finished({ tokens, logP }: Beam): Hypothesis {
    return { tokens, score: logP / tokens.length ** this.lengthPenalty };
  }
}

/** The n largest values with their indices. */
function best(values: Float32Array, n: number): [index: number, value: number][] {
  return [...values.entries()].sort(([, a], [, b]) => b - a).slice(0, n);
}
