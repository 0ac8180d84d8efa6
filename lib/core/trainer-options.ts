import { expectOptions } from './check.js';
import type { CurveName } from './curves.js';
import type { Trainer } from './trainer.js';

/** One line of `trainer.history`: the epoch, and the mean of every value plotted in it, such as `train_ppl`. */
export interface EpochRecord {
  /** 1 for the first. */
  readonly epoch: number;
  /** Wall time of the epoch in seconds, validation included. */
  readonly seconds: number;
  readonly [curve: CurveName]: number;
}

/** What a trainer is told: how long, and what to do on the way. */
export interface TrainerOptions {
  /** Passes over the training data in one `fit`. */
  maxEpochs: number;
  /** Accelerators asked for; where there are fewer the model trains on what there is. 0 keeps to the CPU. */
  numGpus?: number;
  /** The largest common norm of the gradients; 0, the default, leaves them as they are. */
  gradientClipVal?: number;
  /** false runs each step operation by operation, which is slower, but lets it print and read values. */
  capture?: boolean;
  /** true ends `fit` at the first NaN or infinity and says in which step and parameter it arose; it costs little. */
  detectNan?: boolean;
  /** Called after each training step. */
  onBatchEnd?: (trainer: Trainer) => void;
  /** Called after each epoch, e.g. `d2l.earlyStopping({ patience: 3 })`. */
  onEpochEnd?: (trainer: Trainer, record: EpochRecord) => void;
  /** Called once at the end of `fit`, also when it was stopped. */
  onFitEnd?: (trainer: Trainer) => void;
}

/** How one call of `fit` begins. */
export interface FitOptions {
  /** true goes on where the last `fit` of this model ended: optimizer, epoch and curves are kept. */
  resume?: boolean;
}

const OPTIONS = [
  'maxEpochs',
  'numGpus',
  'gradientClipVal',
  'capture',
  'detectNan',
  'onBatchEnd',
  'onEpochEnd',
  'onFitEnd',
];

/** Checks what the compiler cannot, in cells whose types are not checked. @throws naming what is wrong */
export function checkOptions(options: TrainerOptions): void {
  expectOptions('Trainer', options, OPTIONS);
  const { maxEpochs } = options;
  if (!(Number.isInteger(maxEpochs) && maxEpochs >= 0)) {
    throw new Error(`maxEpochs must be a whole number of epochs, got ${maxEpochs}`);
  }
}
