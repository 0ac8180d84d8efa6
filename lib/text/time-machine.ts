import { readFileSync } from 'node:fs';
import { tf } from '../engine/tf.js';
import { expectOptions } from '../core/check.js';
import { DataModule, type TensorLoader } from '../core/data-module.js';
import { sampleFile, usualSource } from '../util/data-folder.js';
import { DATA_URL, download } from '../util/download.js';
import { Vocab } from './vocab.js';

/** Where a text comes from and how much of it is used. */
export interface TimeMachineOptions {
  /** Windows for training, 10,000 by default. */
  numTrain?: number;
  /** Windows for validation, 5,000 by default: the ones after those for training. */
  numVal?: number;
  /** `'sample'` reads the short text shipped with this library, which needs no network. */
  source?: 'book' | 'sample';
}

/**
 * The Time Machine by H. G. Wells as characters (d2l sections 9.2 and 9.3). A row is a window of `numSteps`
 * characters and the same window one character later; windows begin at every position.
 *
 * @example
 * const data = new d2l.TimeMachine(1024, 32);
 */
export class TimeMachine extends DataModule {
  readonly numTrain: number;
  readonly numVal: number;
  readonly source: 'book' | 'sample';
  /** The whole text as indices. */
  readonly corpus: readonly number[];
  /** Its characters, 28 in the book's text: the space, `<unk>`, a to z. */
  readonly vocab: Vocab;
  /** Windows `(numTrain + numVal, numSteps)`, int32. */
  readonly X: tf.Tensor2D;
  /** The windows one character later, `(numTrain + numVal, numSteps)`, int32. */
  readonly Y: tf.Tensor2D;

  /**
   * @param batchSize windows in a batch.
   * @param numSteps characters in a window.
   * @throws when the text is neither on this machine nor to be had from the network, with what to do.
   */
  constructor(
    readonly batchSize: number,
    readonly numSteps: number,
    options: TimeMachineOptions = {},
  ) {
    super();
    expectOptions('TimeMachine', options, ['numTrain', 'numVal', 'source']);
    const { numTrain = 10000, numVal = 5000, source = usualSource('book') } = options;
    checkCounts(numTrain, numVal);
    this.numTrain = numTrain;
    this.numVal = numVal;
    this.source = source;
    this.saveHyperparameters();
    const { corpus, vocab } = this.build(this.download());
    this.corpus = corpus;
    this.vocab = vocab;
    const windows = corpus.length - numSteps;
    if (windows < numTrain + numVal) {
      throw new Error(
        `the text has ${Math.max(0, windows)} windows of ${numSteps + 1} characters, but ${numTrain} for training and ${numVal} for validation were asked for: lower numTrain or numVal`,
      );
    }
    this.X = windowsOf(corpus, numTrain + numVal, numSteps, 0);
    this.Y = windowsOf(corpus, numTrain + numVal, numSteps, 1);
  }

  /** The raw text, from the cache, the network or the sample. */
  download(): string {
    const path =
      this.source === 'sample'
        ? sampleFile('sample-text.txt')
        : download(`${DATA_URL}timemachine.txt`, undefined, '090b5e7e70c295757f55df93cb0a180b9691891a');
    return readFileSync(path, 'utf8');
  }

  /** Lower case; every run of other characters than letters becomes one space. */
  preprocess(text: string): string {
    return text.replace(/[^A-Za-z]+/g, ' ').toLowerCase();
  }

  /** Single characters. */
  tokenize(text: string): string[] {
    return [...text];
  }

  /** The text as indices, with the vocabulary given or one of its own. */
  build(rawText: string, vocab?: Vocab): { corpus: number[]; vocab: Vocab } {
    const tokens = this.tokenize(this.preprocess(rawText));
    const known = vocab ?? new Vocab(tokens);
    return { corpus: known.indices(tokens), vocab: known };
  }

  /** The settings, and how much text there is. */
  override toString(): string {
    return `${super.toString()}: ${this.corpus.length} characters, ${this.vocab.length} of them different`;
  }

  override getDataloader(train: boolean): TensorLoader {
    const { numTrain, numVal } = this;
    return this.getTensorloader(
      [this.X, this.Y],
      train,
      train ? [0, numTrain] : [numTrain, numTrain + numVal],
    );
  }
}

function checkCounts(numTrain: number, numVal: number): void {
  if (!(Number.isInteger(numTrain) && numTrain > 0))
    throw new Error(`numTrain must be a whole number above 0, got ${numTrain}`);
  if (!(Number.isInteger(numVal) && numVal >= 0))
    throw new Error(`numVal must be a whole number, 0 or more, got ${numVal}`);
}

function windowsOf(corpus: readonly number[], rows: number, steps: number, shift: number): tf.Tensor2D {
  const values = new Int32Array(rows * steps);
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < steps; t++) values[row * steps + t] = corpus[row + t + shift] ?? 0;
  }
  return tf.tensor2d(values, [rows, steps], 'int32');
}
