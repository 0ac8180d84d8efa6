import { tf } from '../engine/tf.js';
import type { Batch, Module } from './module.js';
import type { Tensor } from './tensor.js';

/** A value that a step reports, without the value. */
export interface Metric {
  readonly module: Module;
  readonly key: string;
  readonly train: boolean;
}

/** What the scalars that one step returned are, in their order. */
export class Report {
  readonly metrics: Metric[] = [];
  readonly values: tf.Tensor[] = [];

  /** Keeps a scalar past the end of the step's `tidy`. */
  add(metric: Metric, value: Tensor): void {
    this.metrics.push(metric);
    this.values.push(tf.keep(tf.clone(value as tf.Tensor)));
  }

  /** The values so far, whose owner is now the caller. */
  take(): { metrics: Metric[]; values: tf.Tensor[] } {
    return { metrics: this.metrics.splice(0), values: this.values.splice(0) };
  }
}

/** One step as a pure program over tensors and variables: it reads no data, so that an engine may record it. */
export type Program = (batch: Batch) => readonly tf.Tensor[];

/** Runs a program batch after batch and gives its scalars as numbers. */
export interface StepRunner {
  run(batch: Batch): Promise<number[]>;
  dispose(): void;
}

/** Runs the program operation by operation. */
export function eagerRunner(program: Program): StepRunner {
  return {
    run(batch) {
      const scalars = tf.tidy(() => [...program(batch)]);
      const values = scalars.map((scalar) => scalar.dataSync()[0] ?? NaN);
      tf.dispose(scalars);
      return Promise.resolve(values);
    },
    dispose() {},
  };
}
