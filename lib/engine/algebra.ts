/**
 * @file Products with rows that repeat, in fewer multiplications. A captured step multiplies the vector of each word of
 * a batch by a matrix: once for each word of the vocabulary is enough, if those are fewer. The same goes for a context
 * that every step of a decoder sees, and for one-hot vectors, which pick a row of the matrix; derivatives add up equal
 * rows before they multiply. Only a graph can know: op by op there is nothing to look back at.
 */
import type { TensorRecord } from './binding.js';
import type { Output } from './c-api.js';
import { type Attr, DType, sizeOf } from './dtypes.js';
import {
  type Builder,
  type Multiplied,
  productsOf,
  RowAlgebra,
  type Rows,
  worthwhile,
  WORTH,
} from './rows.js';

/** An op as a kernel asks for it. */
interface Call {
  readonly name: string;
  readonly attrs: readonly Attr[];
}

const attr = ({ attrs }: Call, name: string): unknown => attrs.find((known) => known.name === name)?.value;
const last = (shape: readonly number[]): number => shape.at(-1) ?? 1;

/** The numbers of a constant of int32, if it is one. */
const whole = (record: TensorRecord | undefined): readonly number[] | undefined =>
  record?.data instanceof Int32Array ? [...record.data] : undefined;

/** The one number of a constant. */
const single = (record: TensorRecord | undefined): number | undefined =>
  record?.data && !Array.isArray(record.data) ? Number(record.data[0]) : undefined;

/** Another way to an op's output, and what the output is made of. */
export interface Better {
  readonly output: Output;
  readonly rows?: Rows | undefined;
}

/** What one graph knows of its tensors. */
export class Algebra {
  /** Tensors whose rows repeat. */
  private readonly repeating = new Map<TensorRecord, Rows>();
  /** Products and their sums. */
  private readonly sums = new Map<TensorRecord, Rows>();
  private readonly rows: RowAlgebra;

  constructor(
    private readonly graph: Builder,
    private readonly outputOf: (record: TensorRecord) => Output,
  ) {
    this.rows = new RowAlgebra(graph);
  }

  /** A cheaper way to an op's output, if there is one. */
  better(call: Call, inputs: readonly TensorRecord[]): Better | undefined {
    const [a, b] = inputs;
    if (!a || !b || a.dtype !== DType.TF_FLOAT) return undefined;
    if (call.name === 'MatMul') return this.product(call, a, b);
    if (call.name === 'Add') return this.biased(a, b);
    if (call.name === 'UnsortedSegmentSum') return this.segments(a, b, single(inputs[2]));
    if (call.name === 'Sum' && attr(call, 'keep_dims') === false) return this.blocks(a, whole(b));
    return undefined;
  }

  private product(call: Call, a: TensorRecord, b: TensorRecord) {
    const [turnA, turnB] = [attr(call, 'transpose_a') === true, attr(call, 'transpose_b') === true];
    const [left, right] = [this.worth(a), this.worth(b)];
    if (left && !turnA) {
      const rows = this.rows.times(left, this.outputOf(b), turnB);
      return (
        rows && {
          output: this.rows.valueOf(rows, b.shape[turnB ? 0 : 1] ?? 1),
          rows,
        }
      );
    }
    if (!turnA || turnB) return undefined;
    const output = left
      ? this.rows.transposedTimes(left, this.outputOf(b), last(b.shape), false)
      : right && this.rows.transposedTimes(right, this.outputOf(a), last(a.shape), true);
    return output && { output };
  }

  private worth(record: TensorRecord): Rows | undefined {
    const rows = this.repeating.get(record);
    return rows && worthwhile(rows) ? rows : undefined;
  }

  private biased(a: TensorRecord, b: TensorRecord) {
    const rows = this.sums.get(a);
    // a product alone and its bias are fused as they are
    if (!rows || rows.how === 'multiplied' || a.shape.length !== 2 || b.shape.length !== 1) return undefined;
    if (b.shape[0] !== last(a.shape)) return undefined;
    const sum = this.rows.plus(rows, this.outputOf(b));
    return sum && { output: this.rows.valueOf(sum, last(a.shape)), rows: sum };
  }

  /** Equal rows of `d · W` added up: those of d are, and then multiplied. */
  private segments(x: TensorRecord, indices: TensorRecord, depth: number | undefined) {
    const terms = productsOf(this.sums.get(x));
    if (!terms || depth === undefined || x.shape.length !== 2 || indices.shape.length !== 1) return undefined;
    if ((x.shape[0] ?? 0) < WORTH * depth) return undefined;
    const by = this.outputOf(indices);
    return { output: this.total(terms, x, ({ left }) => this.rows.bySegment(left, by, depth)) };
  }

  /** Blocks of `d · W` added up, likewise. */
  private blocks(x: TensorRecord, axes: readonly number[] | undefined) {
    const terms = productsOf(this.sums.get(x));
    const [times = 1, ...shape] = x.shape;
    if (!terms || axes?.length !== 1 || axes[0] !== 0 || times < WORTH || shape.length < 2) return undefined;
    const height = sizeOf(shape.slice(0, -1));
    const total = this.total(terms, x, ({ left, inner }) =>
      this.rows.byBlock(left, { times, height }, inner),
    );
    return { output: this.rows.reshape(total, shape) };
  }

  /** Products added up, each after its left factor was. */
  private total(terms: readonly Multiplied[], x: TensorRecord, gather: (term: Multiplied) => Output): Output {
    const parts = terms.map((term): Rows => {
      return { how: 'plain', value: this.rows.multiply(gather(term), term.matrix, false, term.transposed) };
    });
    return this.rows.valueOf({ how: 'added', parts }, last(x.shape));
  }

  /** Remembers how an op's outputs came about. */
  note(call: Call, inputs: readonly TensorRecord[], outputs: readonly TensorRecord[]): void {
    const [output] = outputs;
    if (output?.dtype !== DType.TF_FLOAT) return;
    if (call.name === 'Unpack') return this.noteParts(call, inputs, outputs);
    if (call.name === 'SplitV') return this.noteColumns(inputs, outputs);
    const rows = this.repetition(call, inputs, output);
    if (rows) this.repeating.set(output, rows);
    const sum = this.sum(call, inputs, output);
    if (sum) this.sums.set(output, sum);
  }

  /** Remembers what `better` said of an output. */
  noteBetter(record: TensorRecord, rows: Rows): void {
    this.sums.set(record, rows);
  }

  private repetition(call: Call, inputs: readonly TensorRecord[], output: TensorRecord): Rows | undefined {
    const [x, y, z] = inputs;
    if (!x || !y) return undefined;
    switch (call.name) {
      case 'GatherV2':
        if (x.shape.length !== 2 || single(z) !== 0 || attr(call, 'batch_dims') !== 0) return undefined;
        return this.lookedUp(this.outputOf(x), y, x.shape[0] ?? 0);
      case 'OneHot':
        if (single(z) !== 1 || single(inputs[3]) !== 0 || last(output.shape) !== single(y)) return undefined;
        return x.dtype === DType.TF_INT32 ? this.lookedUp(undefined, x, last(output.shape)) : undefined;
      case 'Reshape':
        return this.reshaped(x, output);
      case 'ReverseV2':
        return this.reversed(x, y);
      case 'Tile':
        return this.tiled(x, whole(y));
      case 'ConcatV2':
        return this.joined(inputs.slice(0, -1), inputs.at(-1), output);
      default:
        return undefined;
    }
  }

  private sum(call: Call, inputs: readonly TensorRecord[], output: TensorRecord): Rows | undefined {
    const [x, y] = inputs;
    if (!x || !y) return undefined;
    if (call.name === 'MatMul') return this.multiplied(call, x, y, output);
    if (call.name === 'Reshape') return last(x.shape) === last(output.shape) ? this.sums.get(x) : undefined;
    return call.name === 'Add' ? this.added(x, y) : undefined;
  }

  private lookedUp(table: Output | undefined, indices: TensorRecord, depth: number): Rows {
    const { shape } = indices;
    return { how: 'looked up', table, depth, indices: this.outputOf(indices), shape };
  }

  private reshaped(x: TensorRecord, output: TensorRecord): Rows | undefined {
    const rows = this.repeating.get(x);
    if (!rows || last(x.shape) !== last(output.shape)) return undefined;
    if (rows.how !== 'looked up') return rows;
    const shape = output.shape.slice(0, -1);
    return { ...rows, indices: this.rows.reshape(rows.indices, shape), shape };
  }

  private reversed(x: TensorRecord, axes: TensorRecord): Rows | undefined {
    const rows = this.repeating.get(x);
    const among = whole(axes)?.every((axis) => axis < x.shape.length - 1);
    if (rows?.how !== 'looked up' || !among) return undefined;
    return {
      ...rows,
      indices: this.graph.op('ReverseV2', [rows.indices, this.outputOf(axes)]),
    };
  }

  private tiled(x: TensorRecord, multiples: readonly number[] | undefined): Rows | undefined {
    const [times = 1, ...others] = multiples ?? [];
    if (others.length === 0 || others.some((n) => n !== 1)) return undefined;
    const height = sizeOf(x.shape.slice(0, -1));
    return {
      how: 'repeated',
      block: this.rows.reshape(this.outputOf(x), [height, last(x.shape)]),
      times,
      height,
    };
  }

  private joined(parts: readonly TensorRecord[], axis: TensorRecord | undefined, output: TensorRecord) {
    const end = output.shape.length - 1;
    if (![-1, end].includes(single(axis) ?? 0) || !parts.some((part) => this.worth(part))) return undefined;
    const plain = (x: TensorRecord): Rows => ({
      how: 'plain',
      value: this.rows.reshape(this.outputOf(x), [sizeOf(x.shape.slice(0, -1)), last(x.shape)]),
    });
    const columns = parts.map((x) => ({
      rows: this.worth(x) ?? plain(x),
      width: last(x.shape),
    }));
    return { how: 'joined', parts: columns } as const;
  }

  private multiplied(call: Call, a: TensorRecord, b: TensorRecord, output: TensorRecord): Rows | undefined {
    if (attr(call, 'transpose_a') === true) return undefined;
    const [left, inner, matrix] = [this.outputOf(a), last(a.shape), this.outputOf(b)];
    const transposed = attr(call, 'transpose_b') === true;
    return { how: 'multiplied', left, inner, matrix, transposed, value: output.node?.output };
  }

  private added(a: TensorRecord, b: TensorRecord): Rows | undefined {
    const [left, right] = [this.sums.get(a), this.sums.get(b)];
    if (!left || !right || a.shape.join() !== b.shape.join()) return undefined;
    const parts = [left, right].flatMap((rows) => (rows.how === 'added' ? rows.parts : [rows]));
    return { how: 'added', parts };
  }

  private noteParts(call: Call, [x]: readonly TensorRecord[], outputs: readonly TensorRecord[]): void {
    const rows = x && this.repeating.get(x);
    if (rows?.how !== 'looked up' || attr(call, 'axis') !== 0 || rows.shape.length < 2) return;
    const num = call.attrs.filter(({ name }) => name === 'num' || name === 'axis');
    const { oper } = this.graph.op('Unpack', [rows.indices], num);
    const shape = rows.shape.slice(1);
    outputs.forEach((output, index) =>
      this.repeating.set(output, { ...rows, indices: { oper, index }, shape }),
    );
  }

  private noteColumns([x, sizes, axis]: readonly TensorRecord[], outputs: readonly TensorRecord[]): void {
    const terms = productsOf(x && this.sums.get(x));
    if (!terms || !x || single(axis) !== x.shape.length - 1) return;
    let start = 0;
    (whole(sizes) ?? []).forEach((size, i) => {
      const parts = terms.map((term): Rows => {
        const matrix = this.rows.columns(term.matrix, term.transposed, start, size);
        return { ...term, matrix, value: undefined };
      });
      start += size;
      const output = outputs[i];
      if (output) this.sums.set(output, { how: 'added', parts });
    });
  }
}
