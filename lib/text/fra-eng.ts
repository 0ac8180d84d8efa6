import { readFileSync } from 'node:fs';
import { tf } from '../engine/tf.js';
import { expectOptions } from '../core/check.js';
import { DataModule, type TensorLoader } from '../core/data-module.js';
import { readZip } from '../util/zip.js';
import { sampleFile, usualSource } from '../util/data-folder.js';
import { DATA_URL, download } from '../util/download.js';
import { Vocab } from './vocab.js';

/** How sentence pairs are read. */
export interface MTFraEngOptions {
  /** Tokens in a row, shorter sentences padded and longer ones cut; 9 by default. */
  numSteps?: number;
  /** Pairs for training, 512 by default: the first ones of the file. */
  numTrain?: number;
  /** Pairs for validation, 128 by default; as in the book one more is read. */
  numVal?: number;
  /** `'sample'` reads the short list of pairs shipped with this library, which needs no network. */
  source?: 'tatoeba' | 'sample';
}

/** The four arrays of a translation data set. */
export interface TranslationArrays {
  /** `(n, numSteps)` */
  readonly src: tf.Tensor2D;
  /** `(n, numSteps)`: `<bos>`, then the target. */
  readonly tgtIn: tf.Tensor2D;
  /** `(n)`: tokens of the source that are no padding. */
  readonly srcValidLen: tf.Tensor1D;
  /** `(n, numSteps)`: the target. */
  readonly label: tf.Tensor2D;
}

/**
 * English sentences and their French translations (d2l section 10.5), the shortest first. A batch is
 * `[src, tgtIn, srcValidLen, label]`.
 *
 * @example
 * const data = new d2l.MTFraEng(128);
 */
export class MTFraEng extends DataModule {
  readonly numSteps: number;
  readonly numTrain: number;
  readonly numVal: number;
  readonly source: 'tatoeba' | 'sample';
  /** All rows, those for training first. */
  readonly arrays: TranslationArrays;
  /** Tokens of the sources seen at least twice, with `<eos>`, `<pad>` and `<unk>`. */
  readonly srcVocab: Vocab;
  /** Tokens of the targets seen at least twice, with `<bos>` besides. */
  readonly tgtVocab: Vocab;

  /**
   * @param batchSize pairs in a batch.
   * @throws when the pairs are neither on this machine nor to be had from the network, with what to do.
   */
  constructor(
    readonly batchSize: number,
    options: MTFraEngOptions = {},
  ) {
    super();
    expectOptions('MTFraEng', options, ['numSteps', 'numTrain', 'numVal', 'source']);
    const { numSteps = 9, numTrain = 512, numVal = 128, source = usualSource('tatoeba') } = options;
    this.numSteps = numSteps;
    this.numTrain = numTrain;
    this.numVal = numVal;
    this.source = source;
    this.saveHyperparameters();
    ({
      arrays: this.arrays,
      srcVocab: this.srcVocab,
      tgtVocab: this.tgtVocab,
    } = this.buildArrays(this.download()));
  }

  /** The raw text: a pair per line, English, a tab, French. @throws when the archive on this machine lacks it. */
  download(): string {
    if (this.source === 'sample') return readFileSync(sampleFile('sample-pairs.txt'), 'utf8');
    const path = download(`${DATA_URL}fra-eng.zip`, undefined, '94646ad1522d915e7b0f9296181140edcf86a4f5');
    const entry = readZip(readFileSync(path)).find(({ name }) => name === 'fra-eng/fra.txt');
    if (entry === undefined)
      throw new Error(`${path} holds no fra-eng/fra.txt: delete it, so that it is fetched again`);
    return entry.read().toString('utf8');
  }

  /** Lower case, plain spaces, and a space before each `,` `.` `!` `?`. */
  preprocess(text: string): string {
    const spaced = text.replace(/[\u202f\u00a0]/g, ' ');
    return spaced.toLowerCase().replace(/(?<=[^ ])[,.!?]/g, ' $&');
  }

  /**
   * Each line's tokens, `<eos>` at their end; lines without exactly one tab are left out.
   *
   * @param maxExamples the last line that is read, counted from 0: as in the book one more line than its name says.
   */
  tokenize(text: string, maxExamples = Infinity): { src: string[][]; tgt: string[][] } {
    const src: string[][] = [];
    const tgt: string[][] = [];
    for (const [i, line] of text.split('\n').entries()) {
      if (i > maxExamples) break;
      const parts = line.split('\t');
      if (parts.length !== 2) continue;
      const [source, target] = parts.map((part) => [
        ...part.split(' ').filter((token) => token !== ''),
        '<eos>',
      ]);
      src.push(source ?? []);
      tgt.push(target ?? []);
    }
    return { src, tgt };
  }

  /** Text to arrays, with the vocabularies given or ones of its own. @throws when no line holds a pair. */
  buildArrays(
    rawText: string,
    srcVocab?: Vocab,
    tgtVocab?: Vocab,
  ): { arrays: TranslationArrays; srcVocab: Vocab; tgtVocab: Vocab } {
    const examples = this.numTrain + this.numVal;
    const { src, tgt } = this.tokenize(this.preprocess(firstLines(rawText, examples + 1)), examples);
    if (src.length === 0) throw new Error('no line of the text is a pair: write English, a tab, French');
    const source = this.#encode(src, srcVocab, false);
    const target = this.#encode(tgt, tgtVocab, true);
    const pad = source.vocab.require('<pad>');
    const steps = this.numSteps;
    const arrays = {
      src: matrix(source.rows),
      tgtIn: matrix(target.rows.map((row) => row.slice(0, steps))),
      srcValidLen: tf.tensor1d(
        source.rows.map((row) => row.filter((token) => token !== pad).length),
        'int32',
      ),
      label: matrix(target.rows.map((row) => row.slice(1))),
    };
    return { arrays, srcVocab: source.vocab, tgtVocab: target.vocab };
  }

  /** Cuts or pads sentences to `numSteps`, puts `<bos>` before targets, and numbers the tokens. */
  #encode(
    sentences: string[][],
    given: Vocab | undefined,
    target: boolean,
  ): { rows: number[][]; vocab: Vocab } {
    const padded = sentences.map((sentence) => [
      ...(target ? ['<bos>'] : []),
      ...sentence.slice(0, this.numSteps),
      ...Array.from({ length: Math.max(0, this.numSteps - sentence.length) }, () => '<pad>'),
    ]);
    const vocab = given ?? new Vocab(padded, { minFreq: 2 });
    return { rows: padded.map((tokens) => vocab.indices(tokens)), vocab };
  }

  /**
   * New sentences as a batch, by the vocabularies of this data set; put spaces before punctuation.
   *
   * @param tgtSentences translations, or strings of any kind when only a translation is wanted.
   * @throws naming both numbers, when there are not as many of them as sources.
   */
  build(srcSentences: readonly string[], tgtSentences: readonly string[]): TranslationBatch {
    if (srcSentences.length !== tgtSentences.length) {
      throw new Error(
        `build needs as many targets as sources, got ${tgtSentences.length} for ${srcSentences.length}`,
      );
    }
    const text = srcSentences.map((sentence, i) => `${sentence}\t${tgtSentences[i]}`).join('\n');
    const { arrays } = this.buildArrays(text, this.srcVocab, this.tgtVocab);
    return [arrays.src, arrays.tgtIn, arrays.srcValidLen, arrays.label];
  }

  /** The settings, and how many pairs and tokens there are. */
  override toString(): string {
    const { arrays, srcVocab, tgtVocab } = this;
    return `${super.toString()}: ${arrays.src.shape[0]} pairs, ${srcVocab.length} source tokens, ${tgtVocab.length} target tokens`;
  }

  override getDataloader(train: boolean): TensorLoader {
    const { src, tgtIn, srcValidLen, label } = this.arrays;
    const rows: [number, number] = train ? [0, this.numTrain] : [this.numTrain, Infinity];
    return this.getTensorloader([src, tgtIn, srcValidLen, label], train, rows);
  }
}

/** `[src, tgtIn, srcValidLen, label]` */
export type TranslationBatch = [
  src: tf.Tensor2D,
  tgtIn: tf.Tensor2D,
  srcValidLen: tf.Tensor1D,
  label: tf.Tensor2D,
];

/** The first lines of a text: preparing only these saves the time for some 167,000 others. */
function firstLines(text: string, count: number): string {
  let end = -1;
  for (let i = 0; i < count; i++) {
    end = text.indexOf('\n', end + 1);
    if (end < 0) return text;
  }
  return text.slice(0, end);
}

const matrix = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');
