import { CannotCaptureError, canCapture, capture } from '../engine/capture.js';
import { nextStep } from '../engine/random.js';
import { tf } from '../engine/tf.js';
import type { Batch, Module } from './module.js';
import type { Tensor } from './tensor.js';

/** A value that a step reports, without the value. */
export interface Metric {
  readonly module: Module;
  readonly key: string;
  readonly train: boolean;
}

/** Collects what a step reports while it runs. */
export class Report {
  #metrics: Metric[] = [];
  #values: tf.Tensor[] = [];

  /** Keeps a scalar past the end of the `tidy` it was made in. */
  add(metric: Metric, value: Tensor): void {
    this.#metrics.push(metric);
    this.#values.push(tf.keep(tf.clone(value as tf.Tensor)));
  }

  /** What was reported so far, as tensors of the scope that is open now. */
  take(): { metrics: Metric[]; values: tf.Tensor[] } {
    const taken = { metrics: this.#metrics, values: this.#values.map((value) => tf.clone(value)) };
    this.clear();
    return taken;
  }

  /** Forgets what was reported, e.g. by a step that failed. */
  clear(): void {
    tf.dispose(this.#values);
    this.#metrics = [];
    this.#values = [];
  }
}

/** One step as a pure program over tensors and variables: it reads no data, so that an engine may record it. */
export type Program = (batch: Batch) => readonly tf.Tensor[];

/** Runs a program batch after batch and gives its scalars as numbers. */
export interface StepRunner {
  run(batch: Batch): Promise<number[]>;
  dispose(): void;
}

const numbers = (scalars: readonly tf.Tensor[]): number[] => {
  const values = scalars.map((scalar) => scalar.dataSync()[0] ?? NaN);
  tf.dispose([...scalars]);
  return values;
};

/** Runs the program operation by operation. */
export function eagerRunner(program: Program): StepRunner {
  return {
    run(batch) {
      nextStep();
      return Promise.resolve(numbers(tf.tidy(() => [...program(batch)])));
    },
    dispose() {},
  };
}

/** Runs the program as one call of TensorFlow's, recorded at the first batch of each shape. */
function capturedRunner(program: Program): StepRunner {
  const captured = capture((batch) => program(batch));
  return {
    run: async (batch) => numbers(await captured.run(batch as readonly tf.Tensor[], nextStep())),
    dispose: () => captured.dispose(),
  };
}

const warned = new Set<string>();

/** Says once for each line of the user's that it keeps the step from being recorded. */
function warnOnce({ what, line }: CannotCaptureError): void {
  if (warned.has(line)) return;
  warned.add(line);
  const where = line === '' ? '' : ` at ${line}`;
  console.warn(
    `the step ${what}${where}: it runs operation by operation, several times slower, until it does not`,
  );
}

/** Runs the program the fastest way that it allows on this backend. */
export function stepRunner(program: Program): StepRunner {
  if (!canCapture()) return eagerRunner(program);
  let runner = capturedRunner(program);
  return {
    async run(batch) {
      try {
        return await runner.run(batch);
      } catch (error) {
        if (!(error instanceof CannotCaptureError)) throw error;
        warnOnce(error);
        runner.dispose();
        runner = eagerRunner(program);
        return await runner.run(batch);
      }
    },
    dispose: () => runner.dispose(),
  };
}
