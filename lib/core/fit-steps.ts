import { tf } from '../engine/tf.js';
import { Anomalies, anomalyError, heldBack } from './anomaly.js';
import { lossAndGradients } from './gradients.js';
import type { Batch, Module } from './module.js';
import { Steps } from './runners.js';
import { eagerRunner, stepRunner, type Metric, type Report } from './step.js';
import type { Parameter } from './tensor.js';
import type { Trainer } from './trainer.js';

/** What a step plotted, and the numbers. */
export type Plotted = readonly [metrics: readonly Metric[], values: readonly number[]];

/** The two kinds of steps of one `fit`: one learns, the other only looks. */
export class FitSteps {
  readonly #train: Steps;
  readonly #val: Steps;
  readonly #anomalies: Anomalies | undefined;
  readonly #parameters: Parameter[];

  /**
   * @param report where the model's plotted values arrive.
   * @throws when the model has nothing to learn.
   */
  constructor(
    readonly trainer: Trainer,
    readonly model: Module,
    report: Report,
  ) {
    this.#parameters = model.parameters();
    if (this.#parameters.length === 0) {
      throw new Error(
        `${model.constructor.name} has no parameters to learn: give it fields that hold layers or d2l.parameter(...)`,
      );
    }
    const runner = trainer.capture ? stepRunner : eagerRunner;
    if (trainer.detectNan) this.#anomalies = new Anomalies([...model.namedParameters().keys()]);
    this.#train = new Steps((batch) => this.#learn(batch), report, runner);
    this.#val = new Steps((batch) => this.#look(batch), report, runner);
  }

  /** Forward, gradients, clipping, update; returns where a NaN arose, if that is watched. */
  #learn(batch: Batch): tf.Tensor | undefined {
    const { model, trainer } = this;
    const { value, gradients } = lossAndGradients(() => model.trainingStep(batch), this.#parameters);
    const code = this.#anomalies?.check(this.#parameters, value, gradients);
    const limit = trainer.gradientClipVal;
    const clipped = limit > 0 ? trainer.clipGradients(limit, gradients) : gradients;
    trainer.optimizer?.step(code ? heldBack(clipped, code) : clipped);
    return code;
  }

  #look(batch: Batch): undefined {
    this.model.validationStep(batch);
  }

  /** Learns from a batch. @throws naming step and place, when a NaN arose and that is watched */
  async train(batch: Batch): Promise<Plotted> {
    const { trainBatchIdx, epoch } = this.trainer;
    const [metrics, values] = await this.#train.run(batch, `training batch ${trainBatchIdx}`);
    const place = this.#anomalies?.place(values[metrics.length] ?? 0);
    if (place) throw anomalyError(place, `training step ${trainBatchIdx}, epoch ${epoch + 1}`);
    return [metrics, values];
  }

  /** Looks at a batch, and changes nothing. */
  val(batch: Batch): Promise<Plotted> {
    return this.#val.run(batch, `validation batch ${this.trainer.valBatchIdx}`);
  }

  dispose(): void {
    this.#train.dispose();
    this.#val.dispose();
  }
}
