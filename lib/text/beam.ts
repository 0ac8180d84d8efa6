import { tf } from '../engine/tf.js';
import type { EncoderDecoder } from '../models/encoder-decoder.js';
import { expectOptions } from '../core/check.js';
import { warnUntrained } from '../core/trained.js';
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
  /** The row of the batch that its tokens but the last were read in. */
  readonly row: number;
  readonly logP: number;
}

/**
 * Searches for the translations that the model thinks most likely (d2l section 10.8). All sentences and all their
 * beams go through the decoder as one batch.
 *
 * @param batch `[src, tgtIn, srcValidLen, label]`, of `tgtIn` only the first column is read.
 * @returns for each sentence its best translations, the best first.
 * @throws when the number of beams is no positive integer, or there is no option of a name.
 */
export function beamSearch<E, S>(
  model: EncoderDecoder<E, S>,
  batch: readonly Tensor[],
  options: BeamOptions,
): Hypothesis[][] {
  expectOptions('beamSearch', options, ['beamSize', 'numSteps', 'eos', 'lengthPenalty']);
  const { beamSize = 3, numSteps, eos, lengthPenalty = 0.75 } = options;
  if (!(Number.isInteger(beamSize) && beamSize > 0)) {
    throw new Error(`beamSize must be a positive integer, got ${beamSize}`);
  }
  warnUntrained(model);
  const wasTraining = model.training;
  model.eval();
  try {
    const search = new Search(model, batch, beamSize, eos, lengthPenalty);
    return tf.tidy(() => search.run(numSteps) as unknown as tf.TensorContainer) as unknown as Hypothesis[][];
  } finally {
    model.train(wasTraining);
  }
}

/** One search over a batch: `sentences · beamSize` rows, those of a sentence next to each other. */
class Search<E, S> {
  readonly #sentences: number;
  readonly #begin: readonly number[];
  #beams: Beam[][];
  /** The state after the last step. */
  #after: { readonly state: S } | undefined;
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
    this.#begin = Array.from({ length: sentences }, (_, i) => tokens[i * steps] ?? 0);
    this.#beams = this.#begin.map((_, i) => [{ tokens: [], row: i * beamSize, logP: 0 }]);
    this.#done = this.#begin.map(() => []);
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

  /** Log-probabilities of the next token, a row for each beam. */
  #logProbabilities(): Float32Array[] {
    const { decoder } = this.model;
    const beams = this.#rows();
    const logits = decoder.selectState === undefined ? this.#fromTheStart(beams) : this.#goOn(beams);
    const [rows, steps] = logits.shape;
    const last = tf.slice(logits, [0, steps - 1, 0], [-1, 1, -1]);
    return tf.unstack(tf.reshape(tf.logSoftmax(last), [rows, -1])).map((row) => row.dataSync<'float32'>());
  }

  /** The beam of each row; where a sentence has fewer, one that is read in vain. */
  #rows(): Beam[] {
    return this.#beams.flatMap((beams, sentence) =>
      Array.from(
        { length: this.beamSize },
        (_, i) => beams[i] ?? { tokens: [], row: sentence * this.beamSize, logP: -Infinity },
      ),
    );
  }

  #first(row: number): number {
    return this.#begin[Math.floor(row / this.beamSize)] ?? 0;
  }

  /** The sources and what else is known of them, a row for each beam. */
  #sources(): [src: tf.Tensor, validLen: tf.Tensor] {
    const [src, , validLen] = this.batch as readonly [tf.Tensor, tf.Tensor, tf.Tensor];
    const rows = Array.from({ length: this.#sentences * this.beamSize }, (_, row) =>
      Math.floor(row / this.beamSize),
    );
    const sentences = tf.tensor1d(rows, 'int32');
    return [tf.gather(src, sentences), tf.gather(validLen, sentences)];
  }

  /** Reads the last token of each beam, with the state after those before it. */
  #goOn(beams: readonly Beam[]): tf.Tensor3D {
    const { encoder, decoder } = this.model;
    const parents = tf.tensor1d(
      beams.map(({ row }) => row),
      'int32',
    );
    const [src, validLen] = this.#sources();
    const before = this.#after ?? { state: decoder.initState(encoder.forward(src, validLen), validLen) };
    const last = beams.map(({ tokens }, row) => [tokens.at(-1) ?? this.#first(row)]);
    const state = decoder.selectState?.(before.state, parents) as S;
    const [logits, next] = decoder.forward(tf.tensor2d(last, undefined, 'int32'), state);
    this.#after = { state: next };
    return logits as tf.Tensor3D;
  }

  /** Reads each beam from its beginning: any type of state is right that way, and sentences are short. */
  #fromTheStart(beams: readonly Beam[]): tf.Tensor3D {
    const rows = beams.map(({ tokens }, row) => [this.#first(row), ...tokens]);
    const longest = Math.max(...rows.map((row) => row.length));
    const padded = rows.map((row) => [
      ...row,
      ...Array.from({ length: longest - row.length }, () => this.eos),
    ]);
    const [src, validLen] = this.#sources();
    return this.model.forward(src, tf.tensor2d(padded, undefined, 'int32'), validLen) as tf.Tensor3D;
  }

  /** Lengthens every beam by every token and keeps the best of each sentence. */
  #advance(logP: readonly Float32Array[]): void {
    this.#beams = this.#beams.map((beams, sentence) => {
      const open = this.beamSize - (this.#done[sentence]?.length ?? 0);
      const candidates = beams.flatMap((beam, i) =>
        best(logP[sentence * this.beamSize + i] ?? new Float32Array(), this.beamSize).map(([token, p]) => ({
          tokens: [...beam.tokens, token],
          row: sentence * this.beamSize + i,
          logP: beam.logP + p,
        })),
      );
      const kept = candidates.sort((a, b) => b.logP - a.logP).slice(0, open);
      for (const beam of kept)
        if (beam.tokens.at(-1) === this.eos) this.#done[sentence]?.push(this.#finished(beam));
      return kept.filter((beam) => beam.tokens.at(-1) !== this.eos);
    });
  }

  #finished({ tokens, logP }: Omit<Beam, 'row'>): Hypothesis {
    return { tokens, score: logP / tokens.length ** this.lengthPenalty };
  }
}

/** The n largest values with their indices. */
function best(values: Float32Array, n: number): [index: number, value: number][] {
  return [...values.entries()].sort(([, a], [, b]) => b - a).slice(0, n);
}
