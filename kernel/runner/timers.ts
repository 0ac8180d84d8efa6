/** @file Timers know their cell: Stop also ends the `await sleep(…)` of a loop that would otherwise go on unseen. */
import { syncBuiltinESMExports } from 'node:module';
import type { TimerOptions } from 'node:timers';
import timers from 'node:timers';
import timersPromises from 'node:timers/promises';
import { type CellRun, runningCell } from './cell.js';

type Timer = NodeJS.Timeout | NodeJS.Immediate;

/** How long stopped code that looks at its signal may take to end. */
export const PATIENCE_MS = 2000;
/** How long all other stopped code may take: to come to its next await, where it ends. */
const GRACE_MS = 200;
/** A timer of the runner's own: taken before timers are made to belong to cells. */
export const later = setTimeout;
const turn = setImmediate;

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

/**
 * A stopped training ends after its step and draws a last frame, which must come before the cell is over; and what a
 * loop still does before its next await belongs to the cell, not to the next one.
 */
export async function letEnd(run: CellRun, body: Promise<unknown>, reason: unknown): Promise<never> {
  const patience = run.cooperative ? PATIENCE_MS : GRACE_MS;
  await Promise.race([body.catch(() => {}), new Promise((resolve) => later(resolve, patience))]);
  run.over = true;
  clearTimersOf(run);
  throw reason;
}

/** Makes timers belong to the cell that sets them: the global ones, node:timers' and node:timers/promises'. */
export function adoptTimers(): void {
  adoptCallbacks();
  adoptTicks();
  adoptPromises();
  syncBuiltinESMExports();
}

function adoptCallbacks(): void {
  for (const name of ['setTimeout', 'setImmediate', 'setInterval'] as const) {
    const original = globalThis[name] as (
      callback: (...args: unknown[]) => void,
      ...rest: unknown[]
    ) => Timer;
    const adopted = (callback: (...args: unknown[]) => void, ...rest: unknown[]): Timer => {
      const run = runningCell();
      if (!run) return original(callback, ...rest);
      // Not an error: node itself sets timers on behalf of a cell, to deal with its last error for one.
      if (run.over) {
        const timer = original(() => {}, ...rest);
        if (name === 'setInterval') clearInterval(timer as NodeJS.Timeout);
        return timer;
      }
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
    Object.assign(timers, { [name]: adopted });
  }
  for (const name of ['clearTimeout', 'clearImmediate', 'clearInterval'] as const) {
    const original = globalThis[name] as (timer: unknown) => void;
    const adopted = (timer: unknown): void => {
      const owner = typeof timer === 'object' && timer ? owners.get(timer as Timer) : undefined;
      if (owner) forget(owner, timer as Timer);
      original(timer);
    };
    Object.assign(globalThis, { [name]: adopted });
    Object.assign(timers, { [name]: adopted });
  }
}

/** So many ticks a stopped cell may make in one turn of the event loop: connections that it has opened need some. */
const MAX_TICKS = 10_000;

/** Ticks come before everything else: a stopped cell that makes one from the other would let nothing else come. */
function adoptTicks(): void {
  const nextTick = process.nextTick.bind(process);
  let ticks = 0;
  process.nextTick = (callback: (...args: unknown[]) => void, ...args: unknown[]): void => {
    if (runningCell()?.over) {
      if (ticks++ === 0) turn(() => (ticks = 0));
      if (ticks > MAX_TICKS) return;
    }
    nextTick(callback, ...args);
  };
}

/** With the cell's signal among their options they end when the cell is stopped. */
function adoptPromises(): void {
  const { setTimeout, setInterval, setImmediate, scheduler } = timersPromises;
  Object.assign(timersPromises, {
    setTimeout: (delay?: number, value?: unknown, options?: TimerOptions) =>
      setTimeout(delay, value, signalled(options)),
    setInterval: (delay?: number, value?: unknown, options?: TimerOptions) =>
      setInterval(delay, value, signalled(options)),
    setImmediate: (value?: unknown, options?: TimerOptions) => setImmediate(value, signalled(options)),
  });
  const wait = scheduler.wait.bind(scheduler);
  scheduler.wait = (delay, options) => wait(delay, signalled(options) as { signal: AbortSignal });
}

function signalled(options: TimerOptions | undefined): TimerOptions {
  const cell = runningCell()?.signal;
  if (!cell) return options ?? {};
  return { ...options, signal: options?.signal ? AbortSignal.any([options.signal, cell]) : cell };
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
