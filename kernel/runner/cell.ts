/** @file Which cell the running code belongs to: output, errors and interrupts find their cell through it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { setMaxListeners } from 'node:events';

/** How long a stopped cell may show something, in a `finally`. */
const LAST_WORDS_MS = 500;

/** One execution of a cell. */
export class CellRun {
  readonly #controller = new AbortController();

  constructor(
    readonly id: number,
    readonly stdin: boolean,
  ) {
    setMaxListeners(0, this.#controller.signal); // a loop of sleeps is no leak
  }

  /** What libraries want done before the cell is over, e.g. a last redraw that was waiting for its turn. */
  readonly endings: (() => void)[] = [];

  /** Displays that take time; the cell waits for them. */
  readonly pending: Promise<void>[] = [];

  /** Whether code of the cell looks at the signal: then it is given time to end by itself. */
  cooperative = false;

  /** Whether no code of the cell is to go on: it was stopped, and had its time to end by itself. */
  over = false;

  /** How many awaits have thrown since then, see awaits.ts. */
  trapped = 0;

  /** Whether the cell has been answered; timers and callbacks of it may go on. */
  ended = false;

  /** What interrupts the processes and threads that the cell has started, while it runs. */
  readonly children = new Set<() => unknown>();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Ends what the cell awaits; code that looks at the signal (Trainer.fit) stops at its next step.
   * @param reason what the cell ends with
   */
  interrupt(reason = interrupted()): void {
    this.over ||= !this.cooperative;
    this.#lastWords ??= performance.now() + LAST_WORDS_MS;
    this.#controller.abort(reason);
  }

  /** Whether what the cell still shows is not to be heard: it was stopped, and goes on. */
  get silenced(): boolean {
    return this.over && (this.ended || performance.now() > (this.#lastWords ?? Infinity));
  }

  #lastWords: number | undefined;

  /** Rejects when the cell is interrupted. */
  readonly interruption = new Promise<never>((_, reject) => {
    this.signal.addEventListener('abort', () => reject(this.signal.reason as Error), { once: true });
  });
}

/** The id, not the run: whatever is stored here hangs on every promise, and shows when one is inspected. */
const storage = new AsyncLocalStorage<number>();
const runs = new Map<number, CellRun>();
const REMEMBERED = 1024;
let latest: CellRun | undefined;

export function runIn<T>(run: CellRun, body: () => T): T {
  latest = run;
  return runBeside(run, body);
}

/** The same for code that is not a cell's own turn: a widget's answer to its reader. */
export function runBeside<T>(run: CellRun, body: () => T): T {
  runs.set(run.id, run);
  if (runs.size > REMEMBERED) runs.delete(runs.keys().next().value!);
  run.interruption.catch(() => {});
  return storage.run(run.id, body);
}

/** The cell whose code, timer or promise is running now. */
export function runningCell(): CellRun | undefined {
  return runs.get(storage.getStore() ?? 0);
}

/** The same, for output: the latest one when nothing says. */
export function currentCell(): CellRun | undefined {
  return runningCell() ?? latest;
}

const interruptions = new WeakSet<object>();

/** Whether something thrown is the end of a stopped cell, and not a reader's own error of that name. */
export function isInterruption(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && interruptions.has(thrown);
}

/** The error a stopped cell ends with, named as Jupyter users know it. */
export function interrupted(): Error {
  const error = new Error('the cell was stopped; variables keep their values');
  error.name = 'KeyboardInterrupt';
  delete error.stack;
  interruptions.add(error);
  return error;
}
