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
