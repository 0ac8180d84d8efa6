/**
 * @file Stop. A thread of its own hears of it from the kernel and raises SIGINT; where nothing reacts, in a busy loop
 * after an `await` or in a timer or in a flood of microtasks, it calls V8's TerminateExecution, which every node binary
 * exports for its native addons.
 *
 * Frames that are terminated cannot pop node's stack of async ids, and node aborts when it finds that out. So the
 * runner is started without the check (--no-force-async-hooks-checks). Before Node 24 the thread also silences the
 * hooks (counters in memory that node shares with its JavaScript), and the main thread empties the stack when it is back.
 */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { scratch } from '../scratch.js';
import { DEBUG_DATA, DEBUG_THREAD } from './debug.js';
import { SAYS, STOP_FD } from './ipc.js';

type Koffi = typeof import('koffi');

/**
 * Where the main thread is: outside of a script, inside of one, or on its way. On its way, Node takes its handlers of
 * SIGINT off and others on, and between them the signal would end the process.
 */
export const PHASES = { outside: 0, inside: 1, changing: 2 } as const;
/** A way takes microseconds; one that a termination has cut short is not waited for. */
const CHANGE_MS = 20;
const GRACE_MS = 100;
const UNWIND_MS = 20;
/** The same for a paused thread, which another thread must wake first. */
const RESUME_MS = 150;
const MAX_TRIES = 50;
/** At which try the main thread is taken to wait for a child process, which is signalled; and when that is ended. */
const INTERRUPT_CHILDREN = 2;
const KILL_CHILDREN = 20;

const SYMBOLS =
  process.platform === 'win32'
    ? {
        current: '?GetCurrent@Isolate@v8@@SAPEAV12@XZ',
        terminate: '?TerminateExecution@Isolate@v8@@QEAAXXZ',
        cancel: '?CancelTerminateExecution@Isolate@v8@@QEAAXXZ',
      }
    : {
        current: '_ZN2v87Isolate10GetCurrentEv',
        terminate: '_ZN2v87Isolate18TerminateExecutionEv',
        cancel: '_ZN2v87Isolate24CancelTerminateExecutionEv',
      };

/** node's own view of its async ids; absent where node no longer needs it. */
interface AsyncWrap {
  async_hook_fields: Uint32Array;
  clearAsyncIdStack(): void;
  constants: { kTotals: number; kCheck: number };
}

/**
 * The thread's program. `handled[0]` counts the Stops the main thread has dealt with, `[1]` says that one was forced,
 * `[2]` that one is not dealt with yet, `[3]` is the main thread's phase,
 * `[4]` that the thread raises a signal just now, `[5]` twice the number of the run that runs, and one more when it has ended.
 * A termination holds until it is cancelled, and takes every callback with it, also node's own of the signal; so the
 * main thread is told again when it can listen.
 *
 * Where the main thread waits for a child process (execSync), V8 cannot be reached: the youngest child, which that must
 * be, and all below it get SIGINT, as from a terminal, and later SIGKILL. What is deaf then runs native code.
 */
const THREAD = `
const { Worker, parentPort, workerData } = require('node:worker_threads');
const fs = require('node:fs');
const { handled, fd, says, symbols, times, phases, scratch, debug } = workerData;
let force, debugging, deaf, heard = '';
const groups = new Set();
parentPort.on('message', ({ koffiPath, isolate, checks }) => {
  const self = require(koffiPath).load(null);
  const terminate = self.func(symbols.terminate, 'void', ['uint64']);
  const cancel = self.func(symbols.cancel, 'void', ['uint64']);
  const memset = self.func('memset', 'void *', ['uint64', 'int', 'size_t']);
  force = (unhandled, paused) => {
    Atomics.store(handled, 1, 1);
    for (const address of checks) memset(address, 0, 4);
    terminate(isolate);
    if (paused) debugging.postMessage('resume'); // and so not a line further
    unhandled(paused ? times.resume : times.unwind);
    cancel(isolate);
    parentPort.postMessage('stop');
  };
});
const signal = (pid, name) => {
  try {
    process.kill(pid, name);
  } catch {} // it has ended
};
// [process, parent] of all there are, the youngest last.
const processes = () => {
  if (!fs.existsSync('/proc/self/stat'))
    return require('node:child_process').execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
      .trim().split('\\n').map((line) => line.trim().split(/\\s+/).map(Number)).sort((a, b) => a[0] - b[0]);
  const found = [];
  for (const pid of fs.readdirSync('/proc').filter(Number)) {
    try {
      const fields = fs.readFileSync('/proc/' + pid + '/stat', 'latin1').replace(/^.*\\) /s, '').split(' ');
      found.push([+pid, +fields[1], +fields[19]]);
    } catch {} // it has ended
  }
  return found.sort((a, b) => a[2] - b[2] || a[0] - b[0]);
};
const blocking = () => {
  const all = processes();
  const found = all.filter(([pid, parent]) => parent === process.pid).slice(-1).map(([pid]) => pid);
  for (const pid of found) for (const [child, parent] of all) if (parent === pid) found.push(child);
  return found;
};
// Whether a Stop of a run is still to be: that of a cell is not when it has ended, one of no cell when there is one.
const isMeant = (run) => {
  const now = Atomics.load(handled, 5);
  if (!run) return now % 2 === 1 || now === 0;
  if (now < 2 * run) Atomics.wait(handled, 5, now, times.grace); // it is about to begin, behind something that may hang
  return Atomics.load(handled, 5) <= 2 * run;
};
const stop = (paused) => {
  Atomics.store(handled, 2, 1);
  const before = Atomics.load(handled, 0);
  const unhandled = (ms) => Atomics.wait(handled, 0, before, ms) === 'timed-out';
  // An ordinary error inside a cell's synchronous code, an event for the main thread's handler elsewhere.
  Atomics.store(handled, 4, 1);
  if (Atomics.load(handled, 3) === phases.changing) {
    Atomics.store(handled, 4, 0); // it may go on, to where it can be signalled
    Atomics.wait(handled, 3, phases.changing, times.change);
    Atomics.store(handled, 4, 1);
  }
  process.kill(process.pid, 'SIGINT');
  Atomics.store(handled, 4, 0);
  let children = [];
  for (let i = 0; i < times.tries; i++) {
    if (!unhandled(times.grace)) return (deaf = false);
    if (i === times.interruptChildren) for (const pid of (children = blocking())) signal(pid, 'SIGINT');
    if (i === times.killChildren) for (const pid of children) signal(pid, 'SIGKILL');
    if (force) force(unhandled, paused && i === 0);
    else if (paused && i === 0) debugging.postMessage('resume');
  }
  if (deaf) signal(process.pid, 'SIGKILL');
  deaf = true;
  fs.writeSync(2, 'Stop has not reached this cell: it waits inside of native code or of the system. ' +
    'Stop again ends its process, and its variables are lost\\n');
};
const pipe = new (require('node:net').Socket)({ fd, readable: true });
// The kernel is gone, and a busy loop would never notice.
pipe.on('close', () => {
  fs.rmSync(scratch, { recursive: true, force: true });
  for (const leader of [...groups, process.pid]) signal(-leader, 'SIGKILL');
  signal(process.pid, 'SIGKILL');
});
pipe.on('data', (bytes) => {
  const stops = [];
  heard = (heard + bytes).replace(/(\\D)(\\d+);/g, (_, word, number) => {
    if (word === says.group) groups.add(Number(number));
    else if (word === says.groupEnded) groups.delete(Number(number));
    else if (word === says.debug) {
      // From here it starts also while the main thread is in a loop.
      debugging = new Worker(debug.thread, { eval: true, workerData: debug.data });
      debugging.on('error', (error) => process.stderr.write('the debugger has ended: ' + error.message + '\\n'));
    } else stops.push([word === says.stopPaused, Number(number)]);
    return '';
  });
  for (const [paused, run] of stops) if (isMeant(run)) stop(paused);
});`;

export class Watchdog {
  readonly #handled = new Int32Array(new SharedArrayBuffer(24));
  readonly #asyncWrap = asyncWrap();
  readonly #checks: { index: number; value: number }[] = [];
  readonly #worker: Worker;

  /** @param stopped called when a loop had to be broken */
  constructor(stopped: () => void) {
    this.#worker = new Worker(THREAD, {
      eval: true,
      workerData: {
        handled: this.#handled,
        fd: STOP_FD,
        says: SAYS,
        symbols: SYMBOLS,
        phases: PHASES,
        times: {
          change: CHANGE_MS,
          grace: GRACE_MS,
          unwind: UNWIND_MS,
          resume: RESUME_MS,
          tries: MAX_TRIES,
          interruptChildren: INTERRUPT_CHILDREN,
          killChildren: KILL_CHILDREN,
        },
        scratch: scratch(),
        debug: { thread: DEBUG_THREAD, data: DEBUG_DATA },
      },
    });
    this.#worker.on('message', stopped);
    this.#worker.on('error', (error) => process.stderr.write(`Stop is limited: ${error.message}\n`));
    this.#worker.unref();
  }

  /**
   * Gives the thread the means to break loops; some 10 ms, so not before the first cell.
   * @throws Error when this node does not export V8's functions; Stop then works except in such loops
   */
  arm(): void {
    const koffiPath = createRequire(import.meta.url).resolve('koffi');
    const koffi = createRequire(import.meta.url)('koffi') as Koffi;
    const self = koffi.load(null);
    const isolate = (self.func(SYMBOLS.current, 'uint64', []) as () => number | bigint)();
    for (const symbol of [SYMBOLS.terminate, SYMBOLS.cancel]) self.func(symbol, 'void', ['uint64']);
    this.#worker.postMessage({ koffiPath, isolate, checks: this.#addresses(koffi) });
  }

  #addresses(koffi: Koffi): bigint[] {
    if (!this.#asyncWrap) return [];
    const { async_hook_fields: fields, constants } = this.#asyncWrap;
    const start = BigInt(koffi.address(fields));
    return [constants.kTotals, constants.kCheck].map((index) => {
      this.#checks.push({ index, value: fields[index]! });
      return start + BigInt(index * fields.BYTES_PER_ELEMENT);
    });
  }

  /** Whether there is a Stop that the main thread could not hear of: it was inside of a call that took its time. */
  get unheard(): boolean {
    return Atomics.load(this.#handled, 2) !== 0;
  }

  /**
   * The main thread has dealt with the Stop: lets the thread rest, and mends what a termination has left behind. A Stop
   * is heard of as a signal and as the thread's word, of which the later may come when another cell runs.
   */
  acknowledge(): void {
    if (Atomics.exchange(this.#handled, 2, 0)) {
      Atomics.add(this.#handled, 0, 1);
      Atomics.notify(this.#handled, 0);
    }
    if (!Atomics.exchange(this.#handled, 1, 0) || !this.#asyncWrap) return;
    this.#asyncWrap.clearAsyncIdStack();
    for (const { index, value } of this.#checks) this.#asyncWrap.async_hook_fields[index] = value;
  }

  /** A run has begun, or has ended. */
  mark(run: number, hasEnded: boolean): void {
    Atomics.store(this.#handled, 5, 2 * run + Number(hasEnded));
    Atomics.notify(this.#handled, 5);
  }

  /** The main thread enters or leaves a script. */
  enter(phase: keyof typeof PHASES): void {
    Atomics.store(this.#handled, 3, PHASES[phase]);
    Atomics.notify(this.#handled, 3);
    while (phase === 'changing' && Atomics.load(this.#handled, 4)); // microseconds
  }
}

function asyncWrap(): AsyncWrap | undefined {
  const { binding } = process as unknown as { binding?: (name: string) => AsyncWrap };
  const { noDeprecation } = process;
  try {
    process.noDeprecation = true; // said for code that builds on it; this only repairs what it finds
    return binding?.('async_wrap');
  } catch {
    return undefined;
  } finally {
    process.noDeprecation = noDeprecation ?? false;
  }
}
