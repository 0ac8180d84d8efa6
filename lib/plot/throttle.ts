/** @file Runs a task often enough to look alive and seldom enough to cost nothing. */

/** Time, so that a test can hold it in its hand; milliseconds. */
export interface Clock {
  now(): number;
  /** Runs a task later; returns what cancels it. */
  after(delay: number, task: () => void): () => void;
}

const wall: Clock = {
  now: () => performance.now(),
  after(delay, task) {
    const timer = setTimeout(task, delay);
    timer.unref(); // a waiting redraw is no reason to keep a program alive
    return () => clearTimeout(timer);
  },
};

/** Shortest time between two runs: ten a second look alive, and more would cost the browser what training needs. */
const MIN_GAP = 100;
/** Longest wait, for a task that had one slow run. */
const MAX_GAP = 1000;

/** Runs a task on request, at most ten times a second, and so seldom that it takes at most `share` of the time. */
export class Throttle {
  #cost = 0;
  #last = -Infinity;
  #cancel: (() => void) | undefined;
  readonly #task: () => void;
  readonly #share: number;
  readonly #clock: Clock;

  /** @param share part of the time the task may take, 0.02 by default */
  constructor(task: () => void, { share = 0.02, clock = wall }: { share?: number; clock?: Clock } = {}) {
    this.#task = task;
    this.#share = share;
    this.#clock = clock;
  }

  /** Runs the task now if it is due; else later, once, however often it is asked for. */
  request(): void {
    const wait = this.#last + this.#gap - this.#clock.now();
    if (wait <= 0) this.#run();
    else this.#cancel ??= this.#clock.after(wait, () => this.#run());
  }

  /** Whether a run is still owed. */
  get pending(): boolean {
    return this.#cancel !== undefined;
  }

  /** Runs the task at once if a run is owed. */
  flush(): void {
    if (this.pending) this.#run();
  }

  /** Forgets a run that is owed, and what runs cost so far. */
  reset(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#last = -Infinity;
    this.#cost = 0;
  }

  get #gap(): number {
    return Math.min(MAX_GAP, Math.max(MIN_GAP, this.#cost / this.#share));
  }

  #run(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const start = this.#clock.now();
    this.#last = start;
    this.#task();
    this.#cost = 0.7 * this.#cost + 0.3 * (this.#clock.now() - start);
  }
}
