import { missingMethod } from './check.js';
import { tf } from '../engine/tf.js';
import { permutation } from '../util/random.js';
import { HyperParameters } from './hyper-parameters.js';
import type { Batch } from './module.js';
import type { Tensor } from './tensor.js';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** What `fit` reads: batches to iterate over, anew each epoch, and how many there are. */
export interface DataLoader extends Iterable<Batch> {
  /** The number of batches of one pass. */
  readonly length: number;
}

/** Cuts tensors of equal first axis into batches; in training in a new random order each pass (d2l section 3.3). */
export class TensorLoader implements DataLoader {
  /** The number of batches of one pass, the short last one counted. */
  readonly length: number;
  readonly #columns: readonly Column[];

  /**
   * @param tensors columns `(rows, ...)`, copied.
   * @param batchSize rows in a batch.
   * @param shuffle whether each pass has an order of its own.
   * @param rows the rows to use: `[first, end)`.
   * @throws when the batch size is no positive integer.
   */
  constructor(
    tensors: readonly tf.Tensor[],
    readonly batchSize: number,
    readonly shuffle: boolean,
    readonly rows: readonly [number, number],
  ) {
    if (!(Number.isInteger(batchSize) && batchSize > 0)) {
      throw new Error(`batchSize must be a positive integer, got ${batchSize}`);
    }
    this.length = Math.ceil((rows[1] - rows[0]) / batchSize);
    this.#columns = tensors.map((column) => ({
      data: column.dataSync<'float32'>(),
      width: column.size / (column.shape[0] ?? 1),
      shape: column.shape.slice(1),
      dtype: column.dtype,
    }));
  }

  *[Symbol.iterator](): Iterator<Batch> {
    const [first, end] = this.rows;
    const order = this.shuffle ? permutation(end - first) : undefined;
    for (let from = first; from < end; from += this.batchSize) {
      const rows = Array.from(
        { length: Math.min(this.batchSize, end - from) },
        (_, i) => first + (order?.[from - first + i] ?? from - first + i),
      );
      yield this.#columns.map((column) => gather(column, rows));
    }
  }

  /** How many batches there are, and what is in one. */
  toString(): string {
    const { batchSize, length, shuffle } = this;
    const columns = this.#columns.map(({ shape, dtype }) => `(${[batchSize, ...shape].join(', ')}) ${dtype}`);
    return `TensorLoader(${length} ${length === 1 ? 'batch' : 'batches'} of ${columns.join(', ')}${shuffle ? ', shuffled' : ''})`;
  }

  /** What `console.log` and a cell show. */
  [INSPECT](): string {
    return this.toString();
  }
}

interface Column {
  readonly data: Float32Array | Int32Array | Uint8Array;
  /** Numbers per row. */
  readonly width: number;
  readonly shape: readonly number[];
  readonly dtype: tf.DataType;
}

function gather({ data, width, shape, dtype }: Column, rows: readonly number[]): Tensor {
  const picked = data.slice(0, rows.length * width);
  rows.forEach((row, i) => picked.set(data.subarray(row * width, (row + 1) * width), i * width));
  return tf.tensor(picked, [rows.length, ...shape], dtype);
}

/**
 * The base of data sets (d2l section 3.2): gives a training loader and, if there is one, a validation loader. A subclass
 * writes `getDataloader`, at once or later with `addToClass`.
 */
export abstract class DataModule extends HyperParameters {
  /** Rows in a batch. */
  abstract readonly batchSize: number;

  /**
   * The batches of one split; undefined where the data set has no such split.
   *
   * @throws when the subclass has no `getDataloader` yet.
   */
  getDataloader(_train: boolean): DataLoader | undefined {
    throw missingMethod(this, 'getDataloader(train)');
  }

  /** The batches to train on: `getDataloader(true)`. */
  trainDataloader(): DataLoader | undefined {
    return this.getDataloader(true);
  }

  /** The batches to validate on: `getDataloader(false)`. */
  valDataloader(): DataLoader | undefined {
    return this.getDataloader(false);
  }

  /**
   * A loader over rows of tensors that share their first axis; the last, short batch is kept.
   *
   * @param train true shuffles the rows anew in every pass (repeatable after `seed(n)`).
   * @param indices the rows `[first, end)`, all by default; `end` past the last row is cut.
   * @throws when the tensors have different numbers of rows.
   */
  getTensorloader(
    tensors: readonly tf.Tensor[],
    train: boolean,
    indices: readonly [number, number] = [0, Infinity],
  ): TensorLoader {
    const counts = tensors.map((column) => column.shape[0] ?? 0);
    const rows = counts[0] ?? 0;
    if (counts.some((count) => count !== rows)) {
      throw new Error(`the tensors of a loader need equally many rows, got ${counts.join(', ')}`);
    }
    const end = Math.min(indices[1], rows);
    return new TensorLoader(tensors, this.batchSize, train, [Math.min(indices[0], end), end]);
  }
}
