import type { Module } from './module.js';
import { round } from '../plot/chart.js';
import type { Metric } from './step.js';
import type { EpochRecord } from './trainer-options.js';

/** The name of a curve on the board: `train_ppl`, `val_loss`. */
export type CurveName = `train_${string}` | `val_${string}`;

/** Draws the values of steps and remembers their means over an epoch. */
export class Curves {
  readonly #sums = new Map<CurveName, [sum: number, count: number]>();

  draw(metrics: readonly Metric[], values: readonly number[]): void {
    metrics.forEach(({ module, key, train }, i) => {
      const value = values[i] ?? NaN;
      module.drawPoint(key, value, train);
      const name: CurveName = `${train ? 'train' : 'val'}_${key}`;
      const [sum, count] = this.#sums.get(name) ?? [0, 0];
      this.#sums.set(name, [sum + value, count + 1]);
    });
  }

  means(): Record<CurveName, number> {
    return Object.fromEntries([...this.#sums].map(([name, [sum, count]]) => [name, sum / count]));
  }
}

/** Draws again what a finished board shows, for its next point would begin an empty figure. */
export function redraw({ board }: Module): void {
  const curves = [...board.data].map(([label, points]) => [label, [...points]] as const);
  for (const [label, points] of curves) for (const { x, y } of points) board.draw(x, y, label);
}

/** The figures of an epoch as text: `train_ppl 8.1, val_ppl 9`. */
export function figuresOf(record: EpochRecord): string {
  return Object.entries(record)
    .filter(([name]) => name !== 'epoch' && name !== 'seconds')
    .map(([name, value]) => `${name} ${round(Number(value))}`)
    .join(', ');
}
