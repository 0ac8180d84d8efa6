/** @file Timers know their cell: Stop also ends the `await sleep(…)` of a loop that would otherwise go on unseen. */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import { type CellRun, runningCell } from './cell.js';

type Timer = NodeJS.Timeout | NodeJS.Immediate;

/** How long stopped code that looks at its signal may take to end. */
export const PATIENCE_MS = 2000;
/** A timer of the runner's own: taken before timers are made to belong to cells. */
export const later = setTimeout;

const pending = new Map<CellRun, Set<Timer>>();
/** Whose a timer is, for whoever clears it; holds nothing. */
const owners = new WeakMap<Timer, CellRun>();

/** Clears what the cell has set and is still to come, and with that forgets it. */
export function clearTimersOf(run: CellRun): void {
  for (const timer of pending.get(run) ?? []) {
    clearTimeout(timer as NodeJS.Timeout);
    clearImmediate(timer as NodeJS.Immediate);
  }
}

/** A stopped training ends after its step and draws a last frame, which must come before the cell is over. */
export async function letEnd(run: CellRun, body: Promise<unknown>, reason: unknown): Promise<never> {
  const settled = body.catch(() => {});
  if (run.cooperative) await Promise.race([settled, new Promise((resolve) => later(resolve, PATIENCE_MS))]);
  clearTimersOf(run);
  throw reason;
}

/** Makes the global timers, and those of node:timers/promises, belong to the cell that sets them. */
export function adoptTimers(): void {
  for (const name of ['setTimeout', 'setImmediate', 'setInterval'] as const) {
    const original = globalThis[name] as (
      callback: (...args: unknown[]) => void,
      ...rest: unknown[]
    ) => Timer;
    const adopted = (callback: (...args: unknown[]) => void, ...rest: unknown[]): Timer => {
      const run = runningCell();
      if (!run) return original(callback, ...rest);
      run.signal.throwIfAborted();
      const once = (...args: unknown[]): void => {
        forget(run, timer);
        callback(...args);
      };
      const timer = original(
        name === 'setInterval' || typeof callback !== 'function' ? callback : once,
        ...rest,
      );
      remember(run, timer);
      return timer;
    };
    Object.defineProperties(adopted, Object.getOwnPropertyDescriptors(original));
    Object.assign(globalThis, { [name]: adopted });
  }
  for (const name of ['clearTimeout', 'clearImmediate', 'clearInterval'] as const) {
    const original = globalThis[name] as (timer: unknown) => void;
    const adopted = (timer: unknown): void => {
      const owner = typeof timer === 'object' && timer ? owners.get(timer as Timer) : undefined;
      if (owner) forget(owner, timer as Timer);
      original(timer);
    };
    Object.assign(globalThis, { [name]: adopted });
  }
  const { setTimeout: sleep } = timersPromises;
  timersPromises.setTimeout = (delay, value, options) => {
    const signals = [options?.signal, runningCell()?.signal].filter(
      (signal): signal is AbortSignal => signal !== undefined,
    );
    return sleep(delay, value, signals.length ? { ...options, signal: AbortSignal.any(signals) } : options);
  };
  syncBuiltinESMExports();
}

function remember(run: CellRun, timer: Timer): void {
  const timers = pending.get(run) ?? new Set();
  pending.set(run, timers.add(timer));
  owners.set(timer, run);
}

function forget(run: CellRun, timer: Timer): void {
  const timers = pending.get(run);
  timers?.delete(timer);
  if (!timers?.size) pending.delete(run);
}
