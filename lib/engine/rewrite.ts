/** @file Ops of a captured step under names that let TensorFlow fuse them, and ops that do nothing, left out. */
import type { TensorRecord } from './binding.js';
import type { Attr } from './dtypes.js';

interface Call {
  readonly name: string;
  readonly attrs: readonly Attr[];
}

const renamed: Record<string, string> = { adj_x: 'transpose_a', adj_y: 'transpose_b' };

/**
 * tfjs multiplies all matrices as batches of matrices: a product of two becomes MatMul, and a vector added to it
 * BiasAdd. TensorFlow runs both as one op, which halves the step of the from-scratch LSTM.
 */
export function rewrite(
  call: Call,
  inputs: readonly TensorRecord[],
  isProduct: (record: TensorRecord) => boolean,
): Call {
  const [a, b] = inputs;
  if (!a || !b) return call;
  if (call.name === 'BatchMatMulV2' && a.shape.length === 2 && b.shape.length === 2) {
    return {
      name: 'MatMul',
      attrs: call.attrs.map((attr) => ({ ...attr, name: renamed[attr.name] ?? attr.name })),
    };
  }
  const isBias = b.shape.length === 1 && b.shape[0] === a.shape[1];
  if (call.name === 'Add' && isProduct(a) && isBias) return { name: 'BiasAdd', attrs: call.attrs };
  return call;
}

const sameShape = (a: ArrayLike<number>, b: ArrayLike<number>): boolean =>
  a.length === b.length && Array.from(a).every((size, i) => size === b[i]);

/**
 * Whether an op returns its first input: the gradients of tfjs are full of casts to the type and reshapes to the
 * shape that a tensor has, a quarter of all nodes.
 */
export function isIdentity({ name, attrs }: Call, [x, shape]: readonly TensorRecord[]): boolean {
  if (!x) return false;
  if (name === 'Cast') return attrs.some((attr) => attr.name === 'DstT' && attr.value === x.dtype);
  return name === 'Reshape' && shape?.data instanceof Int32Array && sameShape(x.shape, shape.data);
}
