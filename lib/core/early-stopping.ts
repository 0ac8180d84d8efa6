import { expectOptions } from './check.js';
import type { CurveName } from './curves.js';
import type { EpochRecord } from './trainer-options.js';
import type { Trainer } from './trainer.js';

/** When to give up. */
export interface EarlyStoppingOptions {
  /** Epochs without improvement before training stops. */
  patience: number;
  /** The curve to watch, which should fall: `val_ppl`, `val_loss`; by default the first `val_` curve. */
  monitor?: CurveName;
  /** The least fall that counts as improvement, 0 by default. */
  minDelta?: number;
}

/**
 * A hook that ends training when a curve has stopped falling (d2l section 5.5).
 *
 * @example
 * new d2l.Trainer({ maxEpochs: 200, onEpochEnd: d2l.earlyStopping({ patience: 5 }) });
 * @throws when no curve of that name was plotted.
 */
export function earlyStopping(options: EarlyStoppingOptions) {
  expectOptions('earlyStopping', options, ['patience', 'monitor', 'minDelta']);
  const { patience, monitor, minDelta = 0 } = options;
  let best = Infinity;
  let bestEpoch = 0;
  return (trainer: Trainer, record: EpochRecord): void => {
    if (record.epoch === 1) [best, bestEpoch] = [Infinity, 0];
    const curves = Object.keys(record).filter((name) => name !== 'epoch' && name !== 'seconds');
    const name = monitor ?? curves.find((curve) => curve.startsWith('val_'));
    const value = name === undefined ? undefined : (record as unknown as Record<string, number>)[name];
    if (value === undefined) {
      throw new Error(
        `earlyStopping watches ${name ?? 'a val_ curve'}, but the curves are ${curves.join(', ')}`,
      );
    }
    if (value < best - minDelta) [best, bestEpoch] = [value, record.epoch];
    else if (record.epoch - bestEpoch >= patience) trainer.stop();
  };
}
