/** @file What a recurrent cell computes of its input before it knows the state: its gates, for every step. */
import { tf } from '../engine/tf.js';
import { numGpus } from '../engine/device.js';
import { unstack } from '../core/ops.js';
import type { Parameter, Tensor } from '../core/tensor.js';

/** The four parameters of one layer in one direction; G gates of H units are stacked along the rows. */
export interface CellWeights {
  /** `(G · H, inputs)` */
  readonly weightIh: Parameter;
  /** `(G · H, H)` */
  readonly weightHh: Parameter;
  /** `(G · H)` */
  readonly biasIh: Parameter;
  /** `(G · H)` */
  readonly biasHh: Parameter;
}

/** What a step needs of one gate: its share of the input (B, H), and how the state goes into it. */
export interface Gate {
  /** `W x + b`, and `c` unless the cell adds it itself; (B, H). */
  readonly x: tf.Tensor;
  /** U, (H, H). */
  readonly weight: tf.Tensor;
  /** c, (H). */
  readonly bias: tf.Tensor;
}

/** Inputs or outputs of a layer: `(T, B, F)`, or `(B, F)` for each step. */
export type Sequence = { readonly whole: tf.Tensor3D } | { readonly steps: readonly tf.Tensor[] };

export const wholeOf = (x: Sequence): tf.Tensor3D =>
  'whole' in x ? x.whole : (tf.stack([...x.steps]) as tf.Tensor3D);

/** So many rows for each input make a product of one step worth its while. */
const TALL = 8;

/**
 * The rows that a function is applied to: those of each step, or those of all steps at once. Steps of many rows stay in
 * the processor's cache from op to op, forwards and backwards, which a product over all steps does not; steps of few
 * rows are better joined, and a GPU joins all.
 */
function rowsOf(x: Sequence): { blocks: readonly tf.Tensor[]; steps: number } {
  const shape = 'whole' in x ? x.whole.shape.slice(1) : (x.steps[0]?.shape ?? []);
  const [batch, features] = shape as [number, number];
  if (batch >= TALL * features && numGpus() === 0) {
    const blocks = 'whole' in x ? (unstack(x.whole as Tensor) as tf.Tensor[]) : x.steps;
    return { blocks, steps: 1 };
  }
  const whole = wholeOf(x);
  const [steps] = whole.shape;
  return { blocks: [tf.reshape(whole, [steps * batch, features])], steps };
}

/** n equal parts along the first axis. */
const pieces = (x: tf.Tensor, n: number): tf.Tensor[] => (n === 1 ? [x] : tf.split(x, n));

/** `h · Uᵀ` for the state (B, H). */
export const recur = (h: tf.Tensor, { weight }: Gate): tf.Tensor => tf.matMul(h, weight, false, true);

/** `W x + b + U h + c` */
export const total = (gate: Gate, h: tf.Tensor): tf.Tensor => tf.add(gate.x, recur(h, gate));

/**
 * The gates of each step; what does not depend on the state is computed before.
 *
 * @param numHiddens H; the weights hold some gates of so many rows.
 * @param ownBias gates whose hidden bias the cell adds itself.
 */
export function gatesOf(
  x: Sequence,
  weights: CellWeights,
  numHiddens: number,
  ownBias: readonly number[],
): Gate[][] {
  const count = (weights.biasIh.shape[0] ?? 0) / numHiddens;
  const [wi, wh, bi, bh] = [weights.weightIh, weights.weightHh, weights.biasIh, weights.biasHh].map((p) =>
    pieces(p, count),
  ) as [tf.Tensor2D[], tf.Tensor[], tf.Tensor[], tf.Tensor[]];
  const rows = rowsOf(x);
  const gates = wi.map((w, g) => {
    const [weight, bias] = [wh[g] as tf.Tensor, bh[g] as tf.Tensor];
    const sum = ownBias.includes(g) ? (bi[g] as tf.Tensor) : tf.add(bi[g] as tf.Tensor, bias);
    const affine = (block: tf.Tensor) => tf.add(tf.matMul(block, w, false, true), sum);
    return rows.blocks
      .flatMap((block) => pieces(affine(block), rows.steps))
      .map((part): Gate => ({ x: part, weight, bias }));
  });
  return (gates[0] ?? []).map((_, t) => gates.map((all) => all[t] as Gate));
}
