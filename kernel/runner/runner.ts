/** @file The process that runs the user's code: one cell at a time, its output and errors sent to the kernel. */
import { createRequire } from 'node:module';
import { giveBack } from '../certificates.js';
import { signalGroup } from '../process-group.js';
import { removeScratch } from '../scratch.js';
import { CellApi, isHandle } from './api.js';
import { trapAwaits } from './awaits.js';
import { encodeBundle } from './bundle.js';
import { CellRun, currentCell, interrupted, isInterruption, runIn } from './cell.js';
import { trust } from './certificates.js';
import { listen, post } from './channel.js';
import { adoptChildren, interruptChildren } from './children.js';
import { Comms } from './comms.js';
import { describeError } from './errors.js';
import { format, formatForDebugger, inspectPromisesPlainly } from './format.js';
import type { CompiledCell, FromRunner, MimeBundle, ToRunner } from './ipc.js';
import { keysOf } from './keys.js';
import { keep, restore } from './listeners.js';
import { Modules } from './modules.js';
import { CellNames } from './names.js';
import { Output } from './output.js';
import { adoptStdin } from './stdin.js';
import { captureStreams, endGroups, showWarnings } from './streams.js';
import { consoleTable } from './table.js';
import { Panels, type PanelSource } from './panels.js';
import { settled } from './realm.js';
import { property, safely } from './safely.js';
import { CellLink, compileScript, wasBroken } from './script.js';
import { adoptTimers, clearTimersOf, later, letEnd, PATIENCE_MS } from './timers.js';
import { timeit } from './timeit.js';
import { adoptTslab } from './tslab.js';
import { Watchdog } from './watchdog.js';
import { cellOfStack, mapStacks } from './stack.js';

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
let names: CellNames | undefined;
/** The number of the run that runs, or has run last. */
let present = 0;
let watchdog: Watchdog | undefined;
/** Not trusted yet. */
let certificates = giveBack();

/** The watchdog's thread starts beside the first cell that could run for long, else a little after it. */
const CAN_TAKE_TIME = /[({`]|\b(for|while|do|await|import)\b/;

/** Code that may go on after the cell's synchronous part, where only force can break a loop. */
const CAN_GO_ON = /=>|\b(await|function)\b/;
let armed = false;

function startWatchdog(): Watchdog {
  const started = new Watchdog(onStop);
  started.mark(present, !running);
  post({ type: 'watched' }); // at once: it hears a Stop as soon as it has begun, this thread perhaps never again
  return started;
}

/** Takes 10 ms: as a rule before there is a cell. */
function armWatchdog(): void {
  if (armed) return;
  armed = true;
  watchdog ??= startWatchdog();
  try {
    watchdog.arm();
  } catch (error) {
    const { message } = error as Error;
    process.stderr.write(
      `Stop cannot break a busy loop that follows an await here (${message}); restart the kernel for those\n`,
    );
  }
}

async function run({ id, run: number, cell, stdin }: ToRunner & { type: 'run' }): Promise<void> {
  const cellRun = new CellRun(id, stdin);
  running = cellRun;
  runsByCount.set(cell.count, id);
  runsByCount.delete(cell.count - REMEMBERED);
  if (CAN_TAKE_TIME.test(cell.source)) {
    watchdog ??= startWatchdog();
    if (CAN_GO_ON.test(cell.source)) armWatchdog();
    if (certificates) trust(certificates);
    certificates = undefined;
  }
  const own = (names = new CellNames(cellRun, cell));
  present = number;
  watchdog?.mark(number, false);
  let reply: FromRunner = { type: 'done', id };
  try {
    if (cell.source.includes('import.meta')) await modules.resolution.begin();
    own.declare();
    const link = new CellLink(own, modules);
    // Only the cell's own code runs as the cell's: where it is stopped, the lines below have to go on.
    const body = dispose(
      runIn(cellRun, () => begin(cellRun, cell, link)),
      link,
    );
    await Promise.race([
      body,
      cellRun.interruption.catch((reason: unknown) => letEnd(cellRun, body, reason)),
    ]);
    await Promise.race([cellRun.interruption, Promise.all(cellRun.pending)]);
    const { value } = link;
    link.value = undefined; // functions of the cell keep the link, and would keep the value
    if (value !== undefined && !isHandle(value)) {
      const shown = runIn(cellRun, () => format(value));
      const bundle = await Promise.race([shown, cellRun.interruption]);
      reply = { ...reply, result: { data: runIn(cellRun, () => encodeBundle(bundle)), metadata: {} } };
    }
    if (watchdog?.unheard) throw interrupted();
  } catch (thrown) {
    if (wasBroken(thrown) || watchdog?.unheard) stop(cellRun);
    const { aborted, reason } = cellRun.signal;
    reply = { type: 'done', id, error: describeError(aborted ? reason : thrown) };
  }
  end(cellRun, reply);
}

/** The synchronous part of a cell. @returns a promise of the rest */
function begin(run: CellRun, cell: CompiledCell, link: CellLink): unknown {
  try {
    return compileScript(
      cell,
      run,
      modules,
    )(link, {
      enter: (phase) => watchdog?.enter(phase),
      isStopped: () => watchdog?.unheard ?? false,
    });
  } catch (error) {
    if (wasBroken(error)) watchdog?.acknowledge(); // before it uses force
    throw error;
  }
}

/** The end of a cell: that of its body, and then of what it has been using. */
async function dispose(body: unknown, link: CellLink): Promise<void> {
  const failed: unknown[] = [];
  try {
    await settled(body);
  } catch (thrown) {
    failed.push(thrown);
  }
  await link.dispose(failed);
}

/** The last message of a cell, sent once. */
function end(cellRun: CellRun, reply: FromRunner): void {
  if (running !== cellRun) return;
  runIn(cellRun, () => finish(cellRun));
  endGroups();
  const missed = names?.end('error' in reply) ?? [];
  running = undefined;
  watchdog?.mark(present, true);
  cellRun.ended = true;
  if (cellRun.signal.aborted && watchdog?.unheard) watchdog.acknowledge(); // what else is heard of it comes too late
  cellRun.children.clear();
  try {
    output.send({ ...reply, ...(missed.length && { missed }), ...movedTo() });
  } catch (error) {
    output.send({ type: 'done', id: cellRun.id, error: describeError(error) });
  }
}

let folder = process.cwd();

/** The folder that a cell has changed to: the compiler is to look there too. */
function movedTo(): { folder?: string } {
  const now = safely(() => modules.resolution.cwd) ?? folder;
  if (now === folder) return {};
  folder = now;
  return { folder };
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
  watchdog?.enter('outside'); // where a termination has cut the way out of a script short
  // vm takes the listener away while a script runs; one that had to be terminated could not put it back.
  restore();
  if (watchdog?.unheard) {
    panels.stop();
    if (running) stop(running);
  }
  watchdog?.acknowledge(); // last: a termination may take these lines too, and then they are to come again
}

output.sending = () => {
  if (running && !running.signal.aborted && watchdog?.unheard) stop(running);
};

/** Ends what the cell awaits and what it has set to come. */
function stop(cellRun: CellRun): void {
  cellRun.interrupt();
  trapAwaits();
  interruptChildren(cellRun);
  if (!cellRun.cooperative) clearTimersOf(cellRun);
  // Force can take the very code that was about to answer.
  const reply: FromRunner = { type: 'done', id: cellRun.id, error: describeError(interrupted()) };
  later(() => end(cellRun, reply), PATIENCE_MS + 500).unref();
}

/** Errors of timers and forgotten promises: shown in the cell they come from, never fatal. */
function reportLate(thrown: unknown): void {
  const byStack = runsByCount.get(cellOfStack(property(thrown, 'stack')));
  const cell = byStack ?? currentCell()?.id ?? 0;
  if (isInterruption(thrown)) return;
  output.send({ type: 'late-error', cell, error: describeError(thrown) });
}

function receive(message: ToRunner): void {
  switch (message.type) {
    case 'run':
      void run(message);
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

/** A widget's handler may throw, and there may be more to hear. */
function attempt(message: ToRunner): void {
  try {
    receive(message);
  } catch (error) {
    reportLate(error);
  }
}

adoptTimers();
adoptChildren();
mapStacks();
inspectPromisesPlainly();
captureStreams(output);
adoptStdin(api, output);
showWarnings(output);
Object.assign(globalThis, api.globals(), { comms, require: modules.resolution.require });
globalThis.console.table = (data: unknown, columns?: readonly string[]) => {
  const table = consoleTable(data, columns);
  if (table) api.display(table, { raw: true });
  else globalThis.console.log(data);
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
    value: (specifier: string, parent: string, options?: { with?: { type?: string } }) =>
      modules.import(specifier, parent, options?.with?.type),
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
keep('SIGINT', onStop);
keep('uncaughtException', reportLate);
keep('unhandledRejection', reportLate);
keep('exit', () => output.flush());
listen(attempt, () => {
  // The kernel was killed and could not do this; the watchdog's thread does the same, also during a busy loop.
  removeScratch();
  later(() => {
    signalGroup(process.pid, 'SIGKILL');
    process.exit(0);
  }, 100);
});
post({ type: 'ready' });
later(armWatchdog, 100);
