/**
 * @file Where pictures go: finds the notebook this process runs in, if any, and shows one output in place.
 * Knows the front doors of three kernels and nothing of what is behind them.
 */
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';

/** One output in several MIME types; the front end shows the best it can. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** How an output is sent: under which id, as a new output or in place of the one with that id. */
export interface DisplayOptions {
  displayId?: string;
  update?: boolean;
  metadata?: Record<string, unknown>;
}

/** What a kernel offers to the code it runs, under `globalThis[Symbol.for('d2l-ts.display')]`. */
export interface DisplaySink {
  display(data: MimeBundle, options?: DisplayOptions): void;
  /** Runs a task just before the current cell is reported as done; a kernel may leave it out. */
  beforeIdle?(task: () => void): void;
}

type Host = Record<PropertyKey, unknown>;
type DenoBroadcast = (type: string, content: Record<string, unknown>) => Promise<void> | undefined;
type TslabWrite = (message: Record<string, unknown>, update: boolean) => void;

const SINK = Symbol.for('d2l-ts.display');

/** The display of the notebook kernel that runs this code (ours, tslab's or Deno's), or undefined in a terminal. */
export function findSink(host: object = globalThis): DisplaySink | undefined {
  const own = (host as Host)[SINK];
  if (isSink(own)) return own;
  return tslabSink() ?? denoSink(host as Host);
}

function isSink(value: unknown): value is DisplaySink {
  return (
    typeof value === 'object' && value !== null && 'display' in value && typeof value.display === 'function'
  );
}

function message(data: MimeBundle, options: DisplayOptions): Record<string, unknown> {
  const transient = options.displayId === undefined ? {} : { display_id: options.displayId };
  return { data, metadata: options.metadata ?? {}, transient };
}

/** tslab's public display sends one MIME type at a time, so a twin needs the function beneath it. */
function tslabSink(): DisplaySink | undefined {
  const cache = createRequire(import.meta.url).cache;
  const path = Object.keys(cache).find((name) => /[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(name));
  if (path === undefined) return undefined;
  const write = (): unknown => (cache[path]?.exports as Host | undefined)?.['lastWriteDisplayData'];
  if (typeof write() !== 'function') return undefined;
  return {
    display: (data, options = {}) => (write() as TslabWrite)(message(data, options), options.update === true),
  };
}

function denoSink(host: Host): DisplaySink | undefined {
  const broadcast = denoBroadcast(host);
  if (broadcast === undefined) return undefined;
  return {
    display(data, options = {}) {
      const type = options.update === true ? 'update_display_data' : 'display_data';
      // Deno 2.9 sends at once, and answers nothing; earlier ones gave a promise
      broadcast(type, message(data, options))?.catch((error: unknown) =>
        console.error('cannot show a figure:', error),
      );
    },
  };
}

function denoBroadcast(host: Host): DenoBroadcast | undefined {
  try {
    const deno = host['Deno'] as { jupyter?: { broadcast?: DenoBroadcast } } | undefined;
    return deno?.jupyter?.broadcast;
  } catch {
    return undefined; // Deno.jupyter throws when read outside a notebook
  }
}

/** One place in the notebook: the first `show` creates the output, each later one replaces it in place. */
export class Display {
  readonly id = `d2l-${randomUUID()}`;
  #shown = false;

  /** @param sink the notebook to show in, as `findSink` found it */
  constructor(readonly sink: DisplaySink) {}

  /** Shows a bundle, in place of the last one if there was one. */
  show(data: MimeBundle): void {
    this.sink.display(data, { displayId: this.id, update: this.#shown });
    this.#shown = true;
  }
}
