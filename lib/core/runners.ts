import { tf } from '../engine/tf.js';
import { explained } from './indices.js';
import type { Batch } from './module.js';
import { eagerRunner, type Metric, type Report, type StepRunner } from './step.js';

/** One kind of step: how it is run, and what it reports in which order. */
export class Steps {
  readonly #runner: StepRunner;
  #metrics: readonly Metric[] = [];

  /**
   * @param step computes on a batch and plots into `report`; a scalar that it returns follows the plotted values.
   * @param makeRunner how programs are run here.
   */
  constructor(
    step: (batch: Batch) => tf.Tensor | undefined,
    readonly report: Report,
    makeRunner: typeof eagerRunner,
  ) {
    this.#runner = makeRunner((batch): tf.Tensor[] => {
      report.clear(); // of a trace that failed half-way
      const extra = step(batch);
      const { metrics, values } = report.take();
      this.#metrics = metrics;
      return extra ? [...values, extra] : values;
    });
  }

  /** Runs the step; gives what it plotted, and its values. @throws when the batch is empty, naming it by `name` */
  async run(batch: Batch, name: string): Promise<[metrics: readonly Metric[], values: number[]]> {
    checkBatch(batch, name);
    try {
      const values = await this.#runner.run(batch);
      return [this.#metrics, values];
    } catch (error) {
      throw explained(error);
    } finally {
      this.report.clear();
    }
  }

  dispose(): void {
    this.#runner.dispose();
  }
}

function checkBatch(batch: Batch, name: string): void {
  if (batch.length === 0) throw new Error(`${name} is empty: a data loader must yield [inputs, ..., labels]`);
  const hollow = batch.find(({ shape }) => shape[0] === 0);
  if (hollow !== undefined) {
    throw new Error(
      `${name} has a tensor (${hollow.shape.join(', ')}) without rows: a data loader must leave empty batches out`,
    );
  }
}
