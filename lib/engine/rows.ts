/**
 * @file Matrices whose rows repeat, as what they are made of: a product, a sum or a derivative of one takes fewer
 * multiplications than its numbers would. `algebra.ts` knows which op makes which.
 */
import type { Output } from './c-api.js';
import { type Attr, boolAttr, sizeOf } from './dtypes.js';

/** What the rules need of the graph that they add to. */
export interface Builder {
  /** The first output of a node; equal nodes are made once. */
  op(name: string, inputs: readonly (Output | readonly Output[])[], attrs?: readonly Attr[]): Output;
  /** An int32 constant, a vector unless `shape` says otherwise. */
  ints(values: readonly number[], shape?: readonly number[]): Output;
}

/** How the rows of a tensor came about, counted over all of its axes but the last. */
export type Rows =
  /** Row i is row `indices[i]` of a table; without one, of the unit matrix: a one-hot vector. */
  | {
      how: 'looked up';
      table: Output | undefined;
      indices: Output;
      shape: readonly number[];
      depth: number;
    }
  /** All rows of a block (height, …), `times` over. */
  | { how: 'repeated'; block: Output; times: number; height: number }
  /** The columns of one matrix beside those of another. */
  | { how: 'joined'; parts: readonly { rows: Rows; width: number }[] }
  /** A product (…, inner) · (inner, columns). */
  | {
      how: 'multiplied';
      left: Output;
      inner: number;
      matrix: Output;
      transposed: boolean;
      value: Output | undefined;
    }
  | { how: 'added'; parts: readonly Rows[] }
  | { how: 'plain'; value: Output };

export type LookedUp = Rows & { how: 'looked up' };
export type Repeated = Rows & { how: 'repeated' };
export type Multiplied = Rows & { how: 'multiplied' };

/** Half of the multiplications is what looking up is worth. */
export const WORTH = 2;

/** Whether a product with these rows is better taken apart. */
export function worthwhile(rows: Rows): boolean {
  if (rows.how === 'looked up') return sizeOf(rows.shape) >= WORTH * rows.depth;
  if (rows.how === 'joined') return rows.parts.some((part) => worthwhile(part.rows));
  return rows.how === 'repeated' && rows.times >= WORTH;
}

/** The products that rows are the sum of, if that is what they are. */
export function productsOf(rows: Rows | undefined): readonly Multiplied[] | undefined {
  if (rows?.how === 'multiplied') return [rows];
  if (rows?.how !== 'added') return undefined;
  return rows.parts.every((part) => part.how === 'multiplied') ? (rows.parts as Multiplied[]) : undefined;
}

/** Arithmetic on rows, for one graph. */
export class RowAlgebra {
  constructor(private readonly graph: Builder) {}

  reshape = (x: Output, shape: readonly number[]): Output =>
    this.graph.op('Reshape', [x, this.graph.ints(shape)]);

  multiply = (a: Output, b: Output, transposeA: boolean, transposeB: boolean): Output =>
    this.graph.op(
      'MatMul',
      [a, b],
      [boolAttr('transpose_a', transposeA), boolAttr('transpose_b', transposeB)],
    );

  private add = (a: Output, b: Output): Output => this.graph.op('AddV2', [a, b]);

  /** Columns from `start` on of what a matrix multiplies to. */
  columns(matrix: Output, transposed: boolean, start: number, size: number): Output {
    const [begin, lengths] = transposed ? [[start, 0], [size, -1]] : [[0, start], [-1, size]]; // prettier-ignore
    return this.graph.op('Slice', [matrix, this.graph.ints(begin ?? []), this.graph.ints(lengths ?? [])]);
  }

  /** `rows · matrix`, or `rows · matrixᵀ`. */
  times(rows: Rows, matrix: Output, transposed: boolean): Rows | undefined {
    if (rows.how === 'looked up') {
      if (!rows.table) return this.pick(rows, matrix, transposed);
      return {
        ...rows,
        table: this.multiply(rows.table, matrix, false, transposed),
      };
    }
    if (rows.how === 'repeated')
      return {
        ...rows,
        block: this.multiply(rows.block, matrix, false, transposed),
      };
    if (rows.how === 'plain')
      return {
        how: 'plain',
        value: this.multiply(rows.value, matrix, false, transposed),
      };
    if (rows.how !== 'joined') return undefined;
    let start = 0;
    const parts: Rows[] = [];
    for (const { rows: part, width } of rows.parts) {
      // the matrix's rows, which are the columns of its transpose
      const product = this.times(part, this.columns(matrix, !transposed, start, width), transposed);
      if (!product) return undefined;
      parts.push(product);
      start += width;
    }
    return { how: 'added', parts };
  }

  /** One-hot vectors pick the matrix's rows; one without a 1 picks a row of zeros. */
  private pick(rows: LookedUp, matrix: Output, transposed: boolean): LookedUp {
    const { graph } = this;
    const upright = transposed ? graph.op('Transpose', [matrix, graph.ints([1, 0])]) : matrix;
    const table = graph.op('Pad', [upright, graph.ints([1, 1, 0, 0], [2, 2])]);
    const next = this.add(rows.indices, graph.ints([1], []));
    const last = graph.ints([rows.depth + 1], []);
    const indices = graph.op('Minimum', [graph.op('Maximum', [next, graph.ints([0], [])]), last]);
    return { ...rows, table, indices, depth: rows.depth + 2 };
  }

  /** `rowsᵀ · by`, the derivative by a factor of `by`'s columns, or its transpose; undefined where nothing is saved. */
  transposedTimes(rows: Rows, by: Output, columns: number, flipped: boolean): Output | undefined {
    const product = (a: Output, b: Output) =>
      flipped ? this.multiply(b, a, true, false) : this.multiply(a, b, true, false);
    if (rows.how === 'plain') return product(rows.value, by);
    if (rows.how === 'looked up')
      return rows.table && product(rows.table, this.bySegment(by, this.flat(rows), rows.depth));
    if (rows.how === 'repeated') return product(rows.block, this.byBlock(by, rows, columns));
    if (rows.how !== 'joined') return undefined;
    const parts = rows.parts.map((part) => this.transposedTimes(part.rows, by, columns, flipped));
    if (parts.some((part) => part === undefined)) return undefined;
    return this.graph.op('ConcatV2', [parts as Output[], this.graph.ints([flipped ? 1 : 0], [])]);
  }

  /** Numbers in rows of one index, of a vector of them, added up: (…, columns) to (depth, columns). */
  bySegment = (x: Output, indices: Output, depth: number): Output =>
    this.graph.op('UnsortedSegmentSum', [x, indices, this.graph.ints([depth], [])]);

  /** The indices as a vector. */
  private flat = ({ indices, shape }: LookedUp): Output =>
    shape.length === 1 ? indices : this.reshape(indices, [sizeOf(shape)]);

  /** Blocks added up: (times · height, columns) to (height, columns). */
  byBlock(x: Output, { times, height }: { times: number; height: number }, columns: number): Output {
    return this.graph.op('Sum', [this.reshape(x, [times, height, columns]), this.graph.ints([0])]);
  }

  /** A vector added to each row. */
  plus(rows: Rows, vector: Output): Rows | undefined {
    if (rows.how === 'looked up') return rows.table && { ...rows, table: this.add(rows.table, vector) };
    if (rows.how === 'repeated') return { ...rows, block: this.add(rows.block, vector) };
    if (rows.how === 'multiplied')
      return {
        how: 'plain',
        value: this.graph.op('BiasAdd', [this.valueOf(rows, 0), vector]),
      };
    if (rows.how !== 'added') return undefined;
    const small = rows.parts.findIndex(worthwhile);
    const at = Math.max(0, small);
    const changed = this.plus(rows.parts[at] as Rows, vector);
    return changed && { how: 'added', parts: rows.parts.with(at, changed) };
  }

  /** The numbers: (rows, columns). */
  valueOf(rows: Rows, columns: number): Output {
    switch (rows.how) {
      case 'plain':
        return rows.value;
      case 'multiplied':
        return rows.value ?? this.multiply(rows.left, rows.matrix, false, rows.transposed);
      case 'looked up':
        if (!rows.table) break;
        return this.graph.op('GatherV2', [rows.table, this.flat(rows), this.graph.ints([0], [])]);
      case 'repeated':
        return this.graph.op('Tile', [rows.block, this.graph.ints([rows.times, 1])]);
      case 'added':
        return this.sumOf(rows.parts, columns);
    }
    throw new Error('internal: one-hot vectors and joined columns are made by their own ops');
  }

  private sumOf(parts: readonly Rows[], columns: number): Output {
    const blocks = parts.filter((part): part is Repeated => part.how === 'repeated');
    const others = parts.filter((part) => part.how !== 'repeated').map((part) => this.valueOf(part, columns));
    const [first, ...rest] = others;
    if (!first) return parts.map((part) => this.valueOf(part, columns)).reduce(this.add);
    return blocks.reduce(
      (sum, { block, times, height }) => {
        const apart = this.reshape(sum, [times, height, columns]);
        return this.reshape(this.add(apart, block), [times * height, columns]);
      },
      rest.reduce(this.add, first),
    );
  }
}
