/**
 * @file Controls that outlive their cell. A library opens a panel with a function; a view in the front end sends new
 * values over a comm; what the function then prints, shows and returns takes the place of what it showed before.
 * A view sends its next values when it hears `done`, so that none can pile up here.
 */
import { randomUUID } from 'node:crypto';
import { types } from 'node:util';
import { isHandle } from './api.js';
import { CellRun, currentCell, interrupted, runBeside } from './cell.js';
import type { Comm, Comms } from './comms.js';
import { describeError } from './errors.js';
import { format } from './format.js';
import type { FromRunner, MimeBundle } from './ipc.js';
import type { Output } from './output.js';
import { clearTimersOf, later, letEnd, PATIENCE_MS } from './timers.js';

const TARGET = 'd2l-ts.panel';
/** In this type's data a view finds the panel's id. */
const CONTROLS = 'application/vnd.d2l.controls+json';
const STDERR = 'application/vnd.jupyter.stderr';
/** A panel without a view is kept for so long: a front end that moves a cell makes a new one. */
const KEPT_MS = 60_000;

/** What a library hands to `globalThis[Symbol.for('d2l-ts.panel')].open`. */
export interface PanelSource {
  /** The controls as they stand. */
  bundle(): MimeBundle;
  /** Takes new values from the reader. */
  set(values: Record<string, unknown>): void;
  /** Computes what is shown below. */
  run(): unknown;
}

/** Output that is kept until its call is over; of a stream, so that more of it can be joined. */
interface Kept {
  data: MimeBundle;
  displayId?: string | undefined;
  stream?: string;
}

/** One call of the function, with a run of its own: so its output can be told from its cell's. */
interface Call {
  run: CellRun;
  first: boolean;
  kept: Kept[];
}

/** All panels of the process. */
export class Panels {
  readonly #open = new Map<string, Panel>();
  readonly #byRun = new Map<number, Panel>();

  constructor(
    private readonly output: Output,
    comms: Comms,
  ) {
    comms.registerTarget(TARGET, (comm, { id }) => {
      const panel = this.#open.get(String(id));
      if (panel) panel.join(comm, () => this.#forget(panel));
      else comm.close();
    });
  }

  /** Runs the function inside the cell, and shows the controls above what it gives. */
  open(source: PanelSource): void {
    const cell = currentCell();
    if ((cell?.id ?? 0) < 0)
      throw new Error('interact was called by the function of another interact: call it once');
    const run = -1 - this.#byRun.size; // below the numbers of cells
    const panel = new Panel(source, run, cell?.id ?? 0, this.output);
    this.#byRun.set(run, panel);
    this.#open.set(panel.id, panel);
    const first = panel.call(true);
    if (first) cell?.pending.push(first);
  }

  /** A message on its way out: undefined when a panel keeps it, else as its cell's own. */
  pass(message: FromRunner): FromRunner | undefined {
    const panel = 'cell' in message ? this.#byRun.get(message.cell) : undefined;
    return panel ? panel.pass(message) : message;
  }

  /** Stop: what runs for a panel ends, and the panel can be used again. */
  stop(): void {
    for (const panel of this.#open.values()) panel.stop();
  }

  /** Its function may hold on to a whole model. */
  #forget(panel: Panel): void {
    this.#open.delete(panel.id);
    panel.dispose();
  }
}

class Panel {
  /** The same in every run, as it is saved; a view that is left from another run finds out when it joins. */
  readonly id: string;
  readonly #controls = randomUUID();
  /** Display ids of what is shown below the controls, and how many of them show something. */
  readonly #places: string[] = [];
  #filled = 0;
  readonly #views = new Set<Comm>();
  #opened = 0;
  #call: Call | undefined;
  #next: Record<string, unknown> | undefined;
  #source: PanelSource | undefined;

  constructor(
    source: PanelSource,
    private readonly run: number,
    private readonly cell: number,
    private readonly output: Output,
  ) {
    this.#source = source;
    this.id = `panel${run}`;
  }

  /** A view has appeared, and hears whether it is linked: one of a page that was loaded since gets no updates. */
  join(comm: Comm, gone: () => void): void {
    this.#views.add(comm);
    comm.onMessage = ({ values }) => this.#change(values as Record<string, unknown>);
    comm.onClose = () => {
      this.#views.delete(comm);
      later(() => this.#views.size || gone(), KEPT_MS).unref();
    };
    this.#opened++;
    this.#showControls(true);
    comm.send({ ready: this.#opened });
  }

  dispose(): void {
    this.#source = undefined;
  }

  #change(values: Record<string, unknown>): void {
    this.#next = values;
    if (!this.#call) void this.call(false);
  }

  /** Runs the function. @returns a promise where that takes time @throws in the first call, what it throws */
  call(first: boolean): Promise<void> | undefined {
    const call: Call = { run: new CellRun(this.run, false), first, kept: [] };
    this.#call = call;
    const failed = (error: unknown): void => {
      if (!first) return this.#settle(call, errorBundle(error));
      this.#abandon(call);
      throw error;
    };
    try {
      const bundle = runBeside(call.run, () => this.#compute(call.run));
      if (types.isPromise(bundle)) return bundle.then((ready) => this.#settle(call, ready), failed);
      this.#settle(call, bundle);
    } catch (error) {
      failed(error);
    }
    return undefined;
  }

  /** What the function returns, as a bundle. */
  #compute(run: CellRun): MimeBundle | undefined | Promise<MimeBundle | undefined> {
    const values = this.#next;
    this.#next = undefined;
    if (values) this.#source?.set(values);
    const value = this.#source?.run();
    const bundle = types.isPromise(value) ? undefined : bundleOf(value);
    if (!types.isPromise(value) && !types.isPromise(bundle) && !run.pending.length) return bundle;
    const body = (async () => {
      const ready = await (bundle ?? bundleOf(await value));
      await Promise.all(run.pending.splice(0));
      return ready;
    })();
    return Promise.race([body, run.interruption.catch((reason: unknown) => letEnd(run, body, reason))]);
  }

  /** Shows what a call came to, unless Stop has already ended it. */
  #settle(call: Call, bundle: MimeBundle | undefined): void {
    if (this.#call !== call) return;
    this.#close(call);
    if (bundle) call.kept.push({ data: bundle });
    this.#showControls(!call.first);
    for (const [place, { data }] of call.kept.entries()) this.#show(place, data);
    for (let place = call.kept.length; place < this.#filled; place++) this.#show(place, { 'text/plain': '' });
    this.#filled = call.kept.length;
    for (const view of this.#views) view.send({ done: true });
    if (this.#next) void this.call(false);
  }

  /** A first call that failed is its cell's failure: there are no controls, and what was shown stays. */
  #abandon(call: Call): void {
    if (this.#call !== call) return;
    this.#close(call);
    for (const { data } of call.kept) this.#publish(data);
  }

  #close({ run }: Call): void {
    runBeside(run, () => run.endings.forEach((ending) => ending()));
    this.output.flush();
    this.#call = undefined;
  }

  /** Keeps what the running call shows. */
  pass(message: FromRunner): FromRunner | undefined {
    const kept = this.#call?.kept;
    if (kept && message.type === 'stream') keepText(kept, message.name, message.text);
    else if (kept && message.type === 'display') keepDisplay(kept, message);
    else if (kept && message.type === 'clear') kept.length = 0;
    else return { ...message, cell: this.cell } as FromRunner;
    return undefined;
  }

  stop(): void {
    const call = this.#call;
    if (!call) return;
    call.run.interrupt();
    if (!call.run.cooperative) clearTimersOf(call.run);
    // Force takes the frames of the function, and with them whatever was to come after it.
    const end = (): void =>
      call.first ? this.#abandon(call) : this.#settle(call, errorBundle(interrupted()));
    later(end, call.run.cooperative ? PATIENCE_MS : 0);
  }

  #showControls(update: boolean): void {
    const bundle = this.#source?.bundle() ?? {};
    const linked = { ...(bundle[CONTROLS] as object), id: this.id, opened: this.#opened };
    this.#publish({ ...bundle, [CONTROLS]: linked }, this.#controls, update);
  }

  #show(place: number, data: MimeBundle): void {
    const update = this.#places[place] !== undefined;
    this.#publish(data, (this.#places[place] ??= randomUUID()), update);
  }

  #publish(data: MimeBundle, displayId?: string, update = false): void {
    const { cell } = this;
    const id = displayId === undefined ? {} : { displayId };
    this.output.send({ type: 'display', cell, update, data, metadata: {}, ...id });
  }
}

function bundleOf(value: unknown): MimeBundle | undefined | Promise<MimeBundle> {
  if (value === undefined || isHandle(value)) return undefined;
  return typeof value === 'string' ? { 'text/plain': value } : format(value);
}

function errorBundle(thrown: unknown): MimeBundle {
  const text = describeError(thrown).stack.join('\n');
  return { [STDERR]: text, 'text/plain': text };
}

function keepText(kept: Kept[], stream: string, text: string): void {
  const last = kept.at(-1);
  const whole = `${last?.stream === stream ? String(last.data['text/plain']) : ''}${text}`;
  const data = { ...(stream === 'stderr' ? { [STDERR]: whole } : {}), 'text/plain': whole };
  if (last?.stream === stream) last.data = data;
  else kept.push({ data, stream });
}

/** An update replaces what was kept under its id. */
function keepDisplay(kept: Kept[], { data, displayId, update }: FromRunner & { type: 'display' }): void {
  const old = update ? kept.find((one) => one.displayId === displayId) : undefined;
  if (old) old.data = data;
  else if (!update) kept.push({ data, displayId });
}
