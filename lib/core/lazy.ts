import { Module } from './module.js';

/** A layer that learns the size of its input from its first input, and only then has parameters. */
export abstract class LazyModule extends Module {
  /** True until the first `forward`. */
  abstract get waiting(): boolean;
}
