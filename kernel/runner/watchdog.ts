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

const GRACE_MS = 100;
const UNWIND_MS = 20;
/** The same for a paused thread, which another thread must wake first. */
const RESUME_MS = 150;
const MAX_TRIES = 50;

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
 * The thread's program. `handled[0]` counts the Stops the main thread has dealt with, `[1]` says that one was forced.
 * A termination holds until it is cancelled, and takes every callback with it, also node's own of the signal; so the
 * main thread is told again when it can listen.
 */
const THREAD = `
const { Worker, parentPort, workerData } = require('node:worker_threads');
const { handled, fd, says, symbols, times, scratch, debug } = workerData;
let force, debugging;
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
const pipe = new (require('node:net').Socket)({ fd, readable: true });
// The kernel is gone, and a busy loop would never notice.
pipe.on('close', () => {
  require('node:fs').rmSync(scratch, { recursive: true, force: true });
  process.kill(process.pid, 'SIGKILL');
});
pipe.on('data', (bytes) => {
  // From here it starts also while the main thread is in a loop.
  if (bytes.includes(says.debug)) {
    debugging = new Worker(debug.thread, { eval: true, workerData: debug.data });
    debugging.on('error', (error) => process.stderr.write('the debugger has ended: ' + error.message + '\\n'));
  }
  const paused = bytes.includes(says.stopPaused);
  if (!paused && !bytes.includes(says.stop)) return;
  const before = Atomics.load(handled, 0);
  const unhandled = (ms) => Atomics.wait(handled, 0, before, ms) === 'timed-out';
  // An ordinary error inside a cell's synchronous code, an event for the main thread's handler elsewhere.
  process.kill(process.pid, 'SIGINT');
  for (let i = 0; i < times.tries && unhandled(times.grace); i++) {
    if (force) force(unhandled, paused && i === 0);
    else if (paused && i === 0) debugging.postMessage('resume');
  }
});`;

export class Watchdog {
  readonly #handled = new Int32Array(new SharedArrayBuffer(8));
  readonly #asyncWrap = asyncWrap();
  readonly #checks: { index: number; value: number }[] = [];
  readonly #worker: Worker;

  /** @param stopped called when a loop had to be broken; @param watching called when the thread has begun */
  constructor(stopped: () => void, watching: () => void) {
    this.#worker = new Worker(THREAD, {
      eval: true,
      workerData: {
        handled: this.#handled,
        fd: STOP_FD,
        says: SAYS,
        symbols: SYMBOLS,
        times: { grace: GRACE_MS, unwind: UNWIND_MS, resume: RESUME_MS, tries: MAX_TRIES },
        scratch: scratch(),
        debug: { thread: DEBUG_THREAD, data: DEBUG_DATA },
      },
    });
    this.#worker.on('message', stopped);
    this.#worker.on('online', watching);
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

  /** The main thread has seen the Stop: lets the thread rest, and repairs what a termination left behind. */
  acknowledge(): void {
    Atomics.add(this.#handled, 0, 1);
    Atomics.notify(this.#handled, 0);
    if (!Atomics.exchange(this.#handled, 1, 0) || !this.#asyncWrap) return;
    this.#asyncWrap.clearAsyncIdStack();
    for (const { index, value } of this.#checks) this.#asyncWrap.async_hook_fields[index] = value;
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
