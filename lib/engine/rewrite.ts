/** @file Ops under names that let TensorFlow fuse them: tfjs multiplies all matrices as batches of matrices. */
import type { TensorRecord } from './binding.js';
import type { Attr } from './dtypes.js';

interface Call {
  readonly name: string;
  readonly attrs: readonly Attr[];
}

const renamed: Record<string, string> = { adj_x: 'transpose_a', adj_y: 'transpose_b' };

/**
 * A product of two matrices becomes MatMul, and a vector added to it BiasAdd: TensorFlow then runs both as one
 * fused op, which halves the step of the from-scratch LSTM.
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
  if (call.name === 'AddV2' && isProduct(a) && isBias) return { name: 'BiasAdd', attrs: call.attrs };
  return call;
}
