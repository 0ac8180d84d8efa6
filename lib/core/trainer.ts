import { notWhileCapturing } from '../engine/cannot-capture.js';
import { placeOnCpu } from '../engine/placement.js';
import { tf } from '../engine/tf.js';
import { clipGradients, type Optimizer } from '../nn/optim.js';
import { ownedBatches } from './batches.js';
import { breathe } from './breathe.js';
import { Curves, figuresOf, redraw } from './curves.js';
import { loadTraining, saveTraining } from './checkpoint.js';
import type { DataLoader, DataModule } from './data-module.js';
import { FitSteps } from './fit-steps.js';
import { HyperParameters } from './hyper-parameters.js';
import { materializeAll } from './lazy.js';
import type { Batch, Module } from './module.js';
import { Pace } from './pace.js';
import { Report, type Metric } from './step.js';
import type { Tensor } from './tensor.js';
import { markTrained } from './trained.js';
import { checkOptions, type EpochRecord, type FitOptions, type TrainerOptions } from './trainer-options.js';

/**
 * Trains a module on a data module (d2l section 3.2). Stopping the cell keeps the weights and the curves.
 *
 * @example
 * const trainer = new d2l.Trainer({ maxEpochs: 50, gradientClipVal: 1 });
 * await trainer.fit(model, data);
 */
export class Trainer extends HyperParameters {
  /** Passes over the training data; raise it to let `fit` with `resume` go further. */
  maxEpochs: number;
  /** Accelerators asked for. */
  readonly numGpus: number;
  /** The largest common norm of the gradients, 0 for any. */
  readonly gradientClipVal: number;
  /** Whether steps are recorded and replayed where the engine can do so. */
  readonly capture: boolean;
  /** Whether `fit` ends at the first NaN or infinity, with a sentence that says where it arose. */
  readonly detectNan: boolean;
  /** Epochs that are done. */
  epoch = 0;
  /** Training steps that are done, over all epochs. */
  trainBatchIdx = 0;
  /** Validation steps that are done, over all epochs. */
  valBatchIdx = 0;
  /** Training batches in an epoch. */
  numTrainBatches = 0;
  /** Validation batches in an epoch, 0 where there is no validation. */
  numValBatches = 0;
  /** One record per epoch of the running or last `fit`. */
  history: EpochRecord[] = [];
  /** What is called on the way. */
  readonly hooks: Pick<TrainerOptions, 'onBatchEnd' | 'onEpochEnd' | 'onFitEnd'>;

  #model: Module | undefined;
  #optimizer: Optimizer | undefined;
  #loaders: Loaders | undefined;
  #steps: FitSteps | undefined;
  readonly #report = new Report();
  #curves = new Curves();
  #pace = new Pace();
  #stopped = false;
  readonly #keepToCpu: boolean;

  /** @throws naming the option, when there is none of that name, or `maxEpochs` is no whole number. */
  constructor(options: TrainerOptions) {
    super();
    checkOptions(options);
    const { maxEpochs, numGpus, gradientClipVal = 0, capture = true, detectNan = false, ...hooks } = options;
    this.maxEpochs = maxEpochs;
    this.numGpus = numGpus ?? 0;
    this.#keepToCpu = numGpus === 0;
    this.gradientClipVal = gradientClipVal;
    this.capture = capture;
    this.detectNan = detectNan;
    this.hooks = hooks;
    this.saveHyperparameters({ maxEpochs, numGpus: this.numGpus, gradientClipVal, capture });
    if (detectNan) this.saveHyperparameters({ detectNan });
  }

  /** The model of the running or last `fit`. */
  get model(): Module | undefined {
    return this.#model;
  }

  /** The optimizer of the running or last `fit`. */
  get optimizer(): Optimizer | undefined {
    return this.#optimizer;
  }

  /** Asks for the loaders and counts their batches. @throws when there is nothing to train on. */
  prepareData(data: DataModule): void {
    const train = data.trainDataloader();
    const val = data.valDataloader();
    if (train === undefined || train.length === 0) {
      throw new Error(`${data.constructor.name} gives no training batches: trainDataloader() is empty`);
    }
    this.#loaders = { train, val };
    this.numTrainBatches = train.length;
    this.numValBatches = val?.length ?? 0;
  }

  /** Ties the model to this trainer and sets the range of its board. */
  prepareModel(model: Module): void {
    model.trainer = this;
    model.board.xlim = [0, this.maxEpochs];
    this.#model = model;
  }

  /** The batch, tensors `(rows, ...)`, as the model gets it: a place to move or change data, by default the batch itself. */
  prepareBatch(batch: Batch): Batch {
    return batch;
  }

  /**
   * Trains for `maxEpochs` epochs. All counters, the history and the optimizer begin anew, the weights do not.
   *
   * @throws what stopped it, after the curves so far were drawn; the weights stay as the last whole step left them.
   */
  async fit(model: Module, data: DataModule, { resume = false }: FitOptions = {}): Promise<void> {
    const goOn = resume && this.#model === model && this.#optimizer !== undefined;
    this.prepareData(data);
    this.prepareModel(model);
    materializeAll(model, ownedBatches(this.#loaders?.train ?? []), (batch) => this.prepareBatch(batch));
    if (goOn) redraw(model);
    else this.#begin(model);
    this.#stopped = false;
    this.#pace = new Pace();
    const steps = (this.#steps = new FitSteps(this, model, this.#report));
    const endPlacement = this.#keepToCpu ? placeOnCpu() : undefined;
    markTrained(model);
    try {
      while (this.epoch < this.maxEpochs && !this.#stopped) await this.fitEpoch();
    } finally {
      endPlacement?.();
      steps.dispose();
      model.eval();
      model.board.finish();
      this.hooks.onFitEnd?.(this);
    }
  }

  /** Ends `fit` after the running epoch; meant for hooks. */
  stop(): void {
    this.#stopped = true;
  }

  /**
   * Writes the model, the state of its optimizer, the epoch and the history into a safetensors file.
   *
   * @throws before the first `fit`.
   */
  save(path: string): void {
    if (this.#model === undefined || this.#optimizer === undefined) {
      throw new Error('there is no training to save yet: call trainer.fit(model, data) first');
    }
    const { epoch, trainBatchIdx, valBatchIdx, history } = this;
    saveTraining(path, this.#model, this.#optimizer, { epoch, trainBatchIdx, valBatchIdx, history });
  }

  /**
   * Reads what `save` wrote into a model of the same shape; `fit(model, data, { resume: true })` then goes on.
   *
   * @throws naming what does not fit.
   */
  load(path: string, model: Module): void {
    this.prepareModel(model);
    const { progress, optimizer } = loadTraining(path, model);
    Object.assign(this, progress);
    markTrained(model);
    this.#replaceOptimizer(optimizer);
  }

  /** One pass over the training batches, then one over the validation batches. @internal */
  protected async fitEpoch(): Promise<void> {
    const model = this.#model as Module;
    const { train, val } = this.#loaders as Loaders;
    const steps = this.#steps as FitSteps;
    const start = performance.now();
    this.#curves = new Curves();
    model.train();
    for (const batch of ownedBatches(train)) {
      await breathe();
      this.#optimizer?.beforeStep?.(this.trainBatchIdx);
      const plotted = await steps.train(this.prepareBatch(batch));
      this.#showProgress();
      this.#curves.draw(...plotted);
      this.trainBatchIdx++;
      this.hooks.onBatchEnd?.(this);
    }
    model.eval();
    for (const batch of val === undefined ? [] : ownedBatches(val)) {
      await breathe();
      this.#curves.draw(...(await steps.val(this.prepareBatch(batch))));
      this.valBatchIdx++;
    }
    this.epoch++;
    const seconds = (performance.now() - start) / 1000;
    const record: EpochRecord = { epoch: this.epoch, seconds, ...this.#curves.means() };
    this.history.push(record);
    this.hooks.onEpochEnd?.(this, record);
  }

  /**
   * Scales gradients of any shapes so that their common norm is at most `limit`; the norm stays on the device.
   *
   * @returns the gradients to apply.
   */
  clipGradients(limit: number, gradients: readonly (Tensor | undefined)[]): (Tensor | undefined)[] {
    return clipGradients(limit, gradients);
  }

  /** Takes note of a value to draw: of a tensor after the step, of a number at once. @internal */
  defer(metric: Metric, value: Tensor | number): void {
    if (typeof value !== 'number') return this.#report.add(metric, value);
    notWhileCapturing(`plots the number '${metric.key}', which JavaScript made (plot a tensor in its place)`);
    this.#curves.draw([metric], [value]);
  }

  /** `Trainer(maxEpochs=50, …)`, and after or during `fit` the epoch with its figures. */
  override toString(): string {
    const last = this.history.at(-1);
    if (last === undefined) return super.toString();
    return `${super.toString()} after epoch ${this.epoch} of ${this.maxEpochs}: ${figuresOf(last)}`;
  }

  /** Says on the board where training stands after this training step, and how long the rest will take. */
  #showProgress(): void {
    const done = (this.trainBatchIdx + 1) / this.numTrainBatches / this.maxEpochs;
    const epoch = this.epoch + 1;
    this.#model?.board.showProgress(epoch, `${epoch} of ${this.maxEpochs}${this.#pace.phrase(done)}`);
  }

  #begin(model: Module): void {
    this.epoch = this.trainBatchIdx = this.valBatchIdx = 0;
    this.history = [];
    this.#replaceOptimizer(model.configureOptimizers());
  }

  /** Takes the next optimizer and frees what the last one remembered. */
  #replaceOptimizer(next: Optimizer): void {
    tf.dispose([...(this.#optimizer?.state?.().values() ?? [])]);
    this.#optimizer = next;
  }
}

interface Loaders {
  train: DataLoader;
  val: DataLoader | undefined;
}
