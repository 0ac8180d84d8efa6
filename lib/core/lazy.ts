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

/** Gives lazy layers their parameters by a run on the first batch, if there are any such layers. */
export function materializeAll(
  model: Module,
  batches: Iterable<Batch>,
  prepare: (batch: Batch) => Batch,
): void {
  if (![...model.namedModules().values()].some(isWaiting)) return;
  for (const batch of batches) {
    model.applyInit(prepare(batch).slice(0, -1));
    return;
  }
}
