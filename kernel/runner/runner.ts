/** @file The process that runs the user's code: one cell at a time, its output and errors sent to the kernel. */
import { createRequire } from 'node:module';
import { giveBack } from '../certificates.js';
import { removeScratch } from '../scratch.js';
import { CellApi, DisplayHandle } from './api.js';
import { CellRun, currentCell, interrupted, runIn } from './cell.js';
import { trust } from './certificates.js';
import { Comms } from './comms.js';
import { encodeBundle, format, formatForDebugger, inspectPromisesPlainly } from './format.js';
import {
  type CompiledCell,
  type FromRunner,
  type MimeBundle,
  pack,
  type Packed,
  type ToRunner,
  unpack,
} from './ipc.js';
import { keysOf } from './keys.js';
import { Modules } from './modules.js';
import { CellNames } from './names.js';
import { Output } from './output.js';
import { Panels, type PanelSource } from './panels.js';
import { settled } from './realm.js';
import { CellLink, compileScript } from './script.js';
import { adoptTimers, clearTimersOf, later, letEnd, PATIENCE_MS } from './timers.js';
import { timeit } from './timeit.js';
import { adoptTslab } from './tslab.js';
import { Watchdog } from './watchdog.js';
import { cellOfStack, describeError, mapStacks } from './stack.js';

/** Taken before a cell can replace it. */
const send = process.send!.bind(process);
const post = (message: FromRunner): void => {
  send(pack(message), undefined, undefined, () => {});
};
const output = new Output((message) => {
  const outside = panels.pass(message);
  if (outside) post(outside);
});
const api = new CellApi(output);
const comms = new Comms(output);
const panels = new Panels(output, comms);
const modules = new Modules((specifier) => {
  if (specifier === 'tslab')
    adoptTslab(createRequire(import.meta.url), (data, options) => api.publish(data, options));
});
/** Cell runs by the count shown in their `In [n]`, to attribute errors that have only a stack. */
const runsByCount = new Map<number, number>();
const REMEMBERED = 4096;
let running: CellRun | undefined;
let watchdog: Watchdog | undefined;
/** Not trusted yet. */
let certificates = giveBack();

/** The watchdog's thread starts beside the first cell that could run for long, else a little after it. */
const CAN_TAKE_TIME = /[({`]|\b(for|while|do|await|import)\b/;

function startWatchdog(): Watchdog {
  return new Watchdog(onStop, () => post({ type: 'watched' }));
}

async function run(id: number, cell: CompiledCell, stdin: boolean): Promise<void> {
  const cellRun = new CellRun(id, stdin);
  running = cellRun;
  runsByCount.set(cell.count, id);
  runsByCount.delete(cell.count - REMEMBERED);
  if (CAN_TAKE_TIME.test(cell.source)) {
    watchdog ??= startWatchdog();
    if (certificates) trust(certificates);
    certificates = undefined;
  }
  const names = new CellNames(cellRun, cell);
  let reply: FromRunner = { type: 'done', id };
  try {
    const result = await runIn(cellRun, () => evaluate(cellRun, cell, new CellLink(names, modules)));
    if (result) reply = { ...reply, result };
  } catch (thrown) {
    const stopped = wasBroken(thrown);
    if (stopped) stop(cellRun);
    reply = { ...reply, error: describeError(stopped ? interrupted() : thrown) };
  }
  const missed = names.end('error' in reply);
  end(cellRun, { ...reply, ...(missed.length && { missed }) });
}

/** Runs a cell to its end. @returns what its value looks like, if it has one */
async function evaluate(
  run: CellRun,
  cell: CompiledCell,
  link: CellLink,
): Promise<{ data: MimeBundle; metadata: object } | undefined> {
  const body = begin(run, cell, link);
  await Promise.race([body, run.interruption.catch((reason: unknown) => letEnd(run, body, reason))]);
  await Promise.race([run.interruption, Promise.all(run.pending)]);
  if (link.value === undefined || link.value instanceof DisplayHandle) return undefined;
  const { value } = link;
  link.value = undefined; // functions of the cell keep the link, and would keep the value
  const data = await Promise.race([format(value), run.interruption]);
  return { data: encodeBundle(data), metadata: {} };
}

/** The synchronous part of a cell, and a promise of the rest. */
function begin(run: CellRun, cell: CompiledCell, link: CellLink): Promise<void> {
  let body: unknown;
  try {
    body = compileScript(cell, run, modules)(link);
  } catch (error) {
    if (wasBroken(error)) watchdog?.acknowledge(); // before it uses force
    throw error;
  }
  return dispose(body, link);
}

async function dispose(body: unknown, link: CellLink): Promise<void> {
  const failed: unknown[] = [];
  try {
    await settled(body);
  } catch (thrown) {
    failed.push(thrown);
  }
  await link.dispose(failed);
}

/** Whether Stop ended the cell's synchronous code. */
function wasBroken(thrown: unknown): boolean {
  return (thrown as { code?: string } | undefined)?.code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED';
}

/** The last message of a cell, sent once. */
function end(cellRun: CellRun, reply: FromRunner): void {
  if (running !== cellRun) return;
  runIn(cellRun, () => finish(cellRun));
  running = undefined;
  output.send(reply);
}

function finish(cellRun: CellRun): void {
  for (const ending of cellRun.endings.splice(0)) {
    try {
      ending();
    } catch (error) {
      reportLate(error);
    }
  }
}

function onStop(): void {
  watchdog?.acknowledge();
  // vm takes the listener away while a script runs; one that had to be terminated could not put it back.
  if (!process.listenerCount('SIGINT')) process.on('SIGINT', onStop);
  panels.stop();
  if (running) stop(running);
}

/** Ends what the cell awaits and what it has set to come. */
function stop(cellRun: CellRun): void {
  cellRun.interrupt();
  if (!cellRun.cooperative) clearTimersOf(cellRun);
  // Force can take the very code that was about to answer.
  const reply: FromRunner = { type: 'done', id: cellRun.id, error: describeError(interrupted()) };
  later(() => end(cellRun, reply), PATIENCE_MS + 500).unref();
}

/** Errors of timers and forgotten promises: shown in the cell they come from, never fatal. */
function reportLate(thrown: unknown): void {
  const byStack = runsByCount.get(cellOfStack((thrown as Error | undefined)?.stack));
  const cell = byStack ?? currentCell()?.id ?? 0;
  if ((thrown as Error | undefined)?.name === 'KeyboardInterrupt') return;
  output.send({ type: 'late-error', cell, error: describeError(thrown) });
}

function receive(packed: Packed<ToRunner>): void {
  const message = unpack(packed);
  switch (message.type) {
    case 'run':
      void run(message.id, adopted(message.cell), message.stdin);
      break;
    case 'input':
      api.answer(message.id, message.value);
      break;
    case 'comm':
      comms.receive(message.event);
      break;
    case 'keys':
      post({ type: 'keys', id: message.id, keys: keysOf(message.path) });
      break;
  }
}

/** A cell's text with its lists made anew: Node has made them in the cells' realm, where iteration may be patched. */
function adopted(cell: CompiledCell): CompiledCell {
  const list = (given: readonly string[]): string[] => {
    const made: string[] = [];
    for (let i = 0; i < given.length; i++) made[i] = given[i]!;
    return made;
  };
  const { names, early, own, maps } = cell;
  return { ...cell, names: list(names), early: list(early), own: list(own), maps: list(maps) };
}

adoptTimers();
mapStacks();
inspectPromisesPlainly();
output.capture();
Object.assign(globalThis, api.globals(), { comms, require: modules.resolution.require });
const tabulate = api.globals()['table'] as (rows: Iterable<unknown>, columns?: string[]) => unknown;
globalThis.console.table = (rows: unknown, columns?: string[]) => {
  const list = Array.isArray(rows)
    ? rows
    : Object.entries(rows as object).map(([index, row]) => ({ index, ...(row as object) }));
  api.display(tabulate(list, columns));
};
Object.defineProperties(globalThis, {
  // The doors through which libraries reach the notebook without knowing this kernel.
  [Symbol.for('d2l-ts.display')]: {
    value: {
      display: (data: MimeBundle, options?: object) => api.publish(data, options),
      beforeIdle: (task: () => void) => currentCell()?.endings.push(task),
    },
  },
  [Symbol.for('d2l-ts.panel')]: { value: { open: (source: PanelSource) => panels.open(source) } },
  [Symbol.for('d2l-ts.timeit')]: { value: timeit },
  // What compiled local modules call.
  [Symbol.for('d2l-ts.import')]: {
    value: (specifier: string, parent: string) => modules.import(specifier, parent),
  },
  [Symbol.for('d2l-ts.meta')]: { value: (file: string) => modules.resolution.meta(file) },
  [Symbol.for('d2l-ts.format')]: { value: formatForDebugger },
  [Symbol.for('d2l-ts.signal')]: {
    value: () => {
      const cell = currentCell();
      if (cell) cell.cooperative = true;
      return cell?.signal;
    },
  },
});
process.on('SIGINT', onStop);
process.on('uncaughtException', reportLate);
process.on('unhandledRejection', reportLate);
process.on('disconnect', () => {
  removeScratch(); // the kernel was killed and could not
  process.exit(0);
});
process.on('exit', () => output.flush());
process.on('message', receive);
post({ type: 'ready' });
later(() => {
  watchdog ??= startWatchdog();
  try {
    watchdog.arm();
  } catch (error) {
    process.stderr.write(
      `Stop cannot break a busy loop that follows an await here (${(error as Error).message}); restart the kernel for those\n`,
    );
  }
}, 100);
