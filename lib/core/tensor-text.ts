/** @file How tensors look in a cell and in `console.log`: as in PyTorch, values aligned, long axes cut short. */
import { tf } from '../engine/tf.js';

/** From this many values on only the ends of each axis are shown. */
const MANY = 1000;
const EDGE = 3;
const WIDTH = 80;
const DIGITS = 4;

/** The places along an axis that are shown; `null` stands for those left out. */
function places(length: number, cut: boolean): (number | null)[] {
  const all = Array.from({ length }, (_, i) => i);
  return cut && length > 2 * EDGE ? [...all.slice(0, EDGE), null, ...all.slice(-EDGE)] : all;
}

/** The values that are shown. */
function* shown(shape: readonly number[], cut: boolean, at = 0): Generator<number> {
  const [length, ...rest] = shape;
  if (length === undefined) return void (yield at);
  const size = rest.reduce((a, b) => a * b, 1);
  for (const i of places(length, cut)) if (i !== null) yield* shown(rest, cut, at + i * size);
}

/** One format for all values: whole numbers plain, others with four decimals, or in powers of ten when far apart. */
function numberFormat(values: readonly number[]): (value: number) => string {
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const low = sizes.reduce((a, b) => Math.min(a, b), Infinity);
  const high = sizes.reduce((a, b) => Math.max(a, b), 0);
  const whole = sizes.every(Number.isInteger);
  const powers = whole ? high >= 1e8 : high / low > 1000 || high >= 1e8 || low < 1e-4;
  return (value) => {
    if (!Number.isFinite(value)) return String(value);
    return powers ? value.toExponential(DIGITS) : value.toFixed(whole ? 0 : DIGITS);
  };
}

function texts(x: tf.Tensor, cut: boolean): Map<number, string> {
  const data = x.dataSync<'float32' | 'string'>();
  const at = [...shown(x.shape, cut)];
  const format =
    x.dtype === 'string' || x.dtype === 'bool' ? undefined : numberFormat(at.map((i) => Number(data[i])));
  const text = (value: number | string | undefined): string => {
    if (format !== undefined) return format(Number(value));
    return x.dtype === 'bool' ? String(Boolean(value)) : JSON.stringify(value);
  };
  const found = at.map((i) => text(data[i]));
  const width = x.rank === 0 ? 0 : found.reduce((most, each) => Math.max(most, each.length), 0);
  return new Map(at.map((i, n) => [i, found[n]?.padStart(width) ?? '']));
}

/** Nested brackets; rows below each other. */
function brackets(
  shape: readonly number[],
  text: ReadonlyMap<number, string>,
  { cut, indent, at = 0 }: { cut: boolean; indent: number; at?: number },
): string {
  const [length, ...rest] = shape;
  if (length === undefined) return text.get(at) ?? '';
  const size = rest.reduce((a, b) => a * b, 1);
  const parts = places(length, cut).map((i) =>
    i === null ? '...' : brackets(rest, text, { cut, indent: indent + 1, at: at + i * size }),
  );
  if (rest.length === 0) return `[${wrapped(parts, indent + 1)}]`;
  return `[${parts.join(`,${'\n'.repeat(rest.length)}${' '.repeat(indent + 1)}`)}]`;
}

function wrapped(parts: readonly string[], indent: number): string {
  const perLine = Math.max(1, Math.floor((WIDTH - indent) / ((parts[0]?.length ?? 0) + 2)));
  const lines = [];
  for (let i = 0; i < parts.length; i += perLine) lines.push(parts.slice(i, i + perLine).join(', '));
  return lines.join(`,\n${' '.repeat(indent)}`);
}

const nameOf = (x: tf.Tensor): string => {
  if (!(x instanceof tf.Variable)) return 'tensor';
  return x.trainable ? 'parameter' : 'variable';
};

/** A tensor as text: `tensor([[0, 0, 0],\n        [0, 0, 0]])`; reads its values. */
export function tensorText(x: tf.Tensor): string {
  const name = nameOf(x);
  const cut = x.size > MANY;
  const shape = `shape=[${x.shape.join(', ')}]`;
  const notes = [
    ...(cut || x.size === 0 ? [shape] : []),
    ...(x.dtype === 'float32' ? [] : [`dtype=${x.dtype}`]),
  ];
  if (x.isDisposed) return `${name}(disposed, ${shape})`;
  if (x.dtype === 'complex64') return `${name}(..., ${shape}, dtype=complex64)`;
  const body = x.size === 0 ? '[]' : brackets(x.shape, texts(x, cut), { cut, indent: name.length + 1 });
  return `${name}(${[body, ...notes].join(', ')})`;
}

/** A tensor so deep inside of what is printed that its values would not help. */
const brief = (x: tf.Tensor): string => `[${nameOf(x)} (${x.shape.join(', ')})]`;

Object.defineProperties(tf.Tensor.prototype, {
  [Symbol.for('nodejs.util.inspect.custom')]: {
    value(this: tf.Tensor, depth: number): string {
      return depth < 0 ? brief(this) : tensorText(this);
    },
  },
  [Symbol.for('Jupyter.display')]: {
    value(this: tf.Tensor): Record<string, string> {
      return { 'text/plain': tensorText(this) };
    },
  },
  toString: {
    value(this: tf.Tensor): string {
      return tensorText(this);
    },
  },
});
