/** @file Text on its way to the cell that wrote it: batched, in order, never lost. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { outgoing } from './bundle.js';
import { currentCell, runningCell } from './cell.js';
import type { FromRunner } from './ipc.js';
import { later } from './timers.js';

const MAX_CHARS = 1 << 16;
const MAX_DELAY_MS = 20;

type StreamName = 'stdout' | 'stderr';

export class Output {
  #text: string[] = [];
  #chars = 0;
  #cell = 0;
  #name: StreamName = 'stdout';
  #since = 0;
  #flushed = -Infinity;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly post: (message: FromRunner) => void) {}

  /** @throws KeyboardInterrupt in code of a stopped cell that still goes on */
  write(name: StreamName, text: string): void {
    runningCell()?.signal.throwIfAborted();
    const cell = currentCell()?.id ?? 0;
    if (this.#chars && (cell !== this.#cell || name !== this.#name)) this.flush();
    if (!this.#chars) {
      this.#cell = cell;
      this.#name = name;
      this.#since = performance.now();
      this.#timer ??= later(() => this.flush(), MAX_DELAY_MS);
    }
    this.#text.push(text);
    this.#chars += text.length;
    // The first words after a pause go at once, before a crash could take them; and a synchronous loop never
    // reaches the timer, so its output is sent from here.
    const now = performance.now();
    const quiet = now - this.#flushed > MAX_DELAY_MS;
    if (quiet || this.#chars > MAX_CHARS || now - this.#since > MAX_DELAY_MS) this.flush();
  }

  /** Sends a message after everything written before it. @throws Error for what is no JSON */
  send(message: FromRunner): void {
    const ready = outgoing(message);
    this.flush();
    this.post(ready);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#chars) return;
    const text = this.#text.join('');
    this.#text = [];
    this.#chars = 0;
    this.#flushed = performance.now();
    this.post({ type: 'stream', cell: this.#cell, name: this.#name, text });
  }

  /** Routes `console`, `process.stdout` and `process.stderr` here. */
  capture(): void {
    const sinks = { stdout: this.#sink('stdout'), stderr: this.#sink('stderr') };
    globalThis.console = new Console({ ...sinks, inspectOptions: { colors: true, depth: 4 } });
    for (const name of ['stdout', 'stderr'] as const) {
      process[name].write = sinks[name].write.bind(sinks[name]) as typeof process.stdout.write;
    }
  }

  #sink(name: StreamName): Writable {
    return new Writable({
      decodeStrings: false,
      write: (chunk: string | Uint8Array, _encoding, done) => {
        this.write(
          name,
          typeof chunk === 'string' ? uncolourLone(chunk) : Buffer.from(chunk).toString('utf8'),
        );
        done();
      },
    });
  }
}

const ESC = '\u001b';
const LONE = new RegExp(`^${ESC}\\[\\d+m([^${ESC}]*)${ESC}\\[\\d+m\\n$`);

/** A number or a boolean printed alone stays plain text; colours are for telling apart what stands together. */
function uncolourLone(line: string): string {
  return line.replace(LONE, '$1\n');
}
