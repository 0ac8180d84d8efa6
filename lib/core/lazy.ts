import { tf } from '../engine/tf.js';
import type { Batch, Module } from './module.js';

/** A layer that learns the size of its input from its first input, and only then has parameters. */
export interface Lazy {
  /** True until there are parameters. */
  readonly waiting: boolean;
  /** Makes the parameters for inputs of this size. */
  materialize(numInputs: number): void;
}

/** Whether a module is a lazy layer that has no parameters yet. */
export function isWaiting<M extends object>(module: M): module is M & Lazy {
  return (module as Partial<Lazy>).waiting === true;
}

/** Enough for a model that squeezes axes of length 1. */
const ROWS = 2;

/** The first rows of a batch: a run op by op keeps every number between, for thousands of rows half a gigabyte. */
function firstRows(inputs: Batch): Batch {
  const [rows = 0] = inputs[0]?.shape ?? [];
  if (rows <= ROWS || inputs.some(({ shape }) => shape[0] !== rows)) return inputs;
  return inputs.map((x) => tf.slice(x as tf.Tensor, 0, ROWS));
}

/** Gives lazy layers their parameters by a run on the beginning of the first batch, if there are any such layers. */
export function materializeAll(
  model: Module,
  batches: Iterable<Batch>,
  prepare: (batch: Batch) => Batch,
): void {
  if (![...model.namedModules().values()].some(isWaiting)) return;
  for (const batch of batches) {
    tf.tidy(() => model.applyInit(firstRows(prepare(batch).slice(0, -1))));
    return;
  }
}
