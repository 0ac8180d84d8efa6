/** @file `console`, `process.stdout`, `process.stderr` and node's warnings, on their way into the cell. */
import { Console } from 'node:console';
import type { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { hasColours } from '../colour.js';
import { type CellRun, currentCell } from './cell.js';
import type { Output, StreamName } from './output.js';
import { inspected, safely } from './safely.js';

const NAMES = ['stdout', 'stderr'] as const;
let asked: { cell: CellRun | undefined; colours: boolean } | undefined;
const INSPECT = {
  depth: 4,
  /** Asked of the environment once a cell: %env may have changed it, and reading it at each line takes as long as the line. */
  get colors() {
    const cell = currentCell();
    if (!asked || asked.cell !== cell) asked = { cell, colours: hasColours() };
    return asked.colours;
  },
};

/** Routes `console`, `process.stdout` and `process.stderr` to the cell that writes. */
export function captureStreams(output: Output): void {
  const lines = (name: StreamName): Writable =>
    ({ write: (line: string) => output.write(name, uncolourLone(line)) }) as unknown as Writable;
  const console = new Console({
    stdout: lines('stdout'),
    stderr: lines('stderr'),
    ignoreErrors: false, // a stopped cell ends where it prints
    inspectOptions: INSPECT,
  });
  globalThis.console = Object.assign(console, { Console });
  endGroups = countGroups(console);
  for (const name of NAMES) {
    const characters = new Characters(output, name);
    const write = (chunk: unknown, encoding?: unknown, done?: unknown): boolean => {
      output.write(name, characters.of(chunk, typeof encoding === 'string' ? encoding : 'utf8'));
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') process.nextTick(callback);
      return true;
    };
    process[name].write = write as typeof process.stdout.write;
    // Node has made the descriptor one that does not wait; fs.writeSync(1, …) of a cell's is to wait.
    (process[name] as { _handle?: { setBlocking?(on: boolean): void } })._handle?.setBlocking?.(true);
  }
}

/** Ends what console.group has begun: it is not to indent later cells. */
export let endGroups = (): void => {};

function countGroups(console: Console): () => void {
  let depth = 0;
  const group = console.group.bind(console);
  const groupEnd = console.groupEnd.bind(console);
  console.group = console.groupCollapsed = (...label: unknown[]) => {
    depth++;
    group(...label);
  };
  console.groupEnd = () => {
    if (depth) depth--;
    groupEnd();
  };
  return () => {
    while (depth) console.groupEnd();
  };
}

/** The text of one stream: a character may come in pieces, and each cell has its own. */
class Characters {
  readonly #decoders = new WeakMap<CellRun, StringDecoder>();
  readonly #noCell = new StringDecoder();

  constructor(
    private readonly output: Output,
    private readonly name: StreamName,
  ) {}

  of(chunk: unknown, encoding: string): string {
    if (typeof chunk === 'string') {
      if (/^utf-?8$/i.test(encoding)) return chunk;
      return this.#decoder().write(Buffer.from(chunk, encoding as BufferEncoding));
    }
    if (ArrayBuffer.isView(chunk))
      return this.#decoder().write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const message = `process.${this.name}.write takes a string or bytes, got ${inspected(chunk, { depth: 0 })}`;
    throw Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_TYPE' });
  }

  #decoder(): StringDecoder {
    const cell = currentCell();
    if (!cell) return this.#noCell;
    const known = this.#decoders.get(cell);
    if (known) return known;
    const decoder = new StringDecoder();
    this.#decoders.set(cell, decoder);
    cell.endings.push(() => this.output.write(this.name, decoder.end())); // half a character is not lost in silence
    return decoder;
  }
}

/** Node's warnings, in the cell that has caused them. Of experiments a notebook is not told. */
export function showWarnings(output: Output): void {
  process.removeAllListeners('warning'); // node's own would write beside the cell
  process.on('warning', (warning) => {
    const { name, message, code, detail } = warning as Error & { code?: string; detail?: string };
    if (name === 'ExperimentalWarning') return;
    const text = `${code ? `[${code}] ` : ''}${name}: ${message}\n${detail ? `${detail}\n` : ''}`;
    safely(() => output.write('stderr', text)); // unless its cell was stopped
  });
}

const ESC = '\u001b';
const LONE = new RegExp(`^${ESC}\\[\\d+m([^${ESC}]*)${ESC}\\[\\d+m\\n$`);

/** A number or a boolean printed alone stays plain text; colours are for telling apart what stands together. */
function uncolourLone(line: string): string {
  return line.replace(LONE, '$1\n');
}
