/** @file Text on its way to the cell that wrote it: batched, in order, never lost. */
import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { currentCell } from './cell.js';
import type { FromRunner } from './ipc.js';

const MAX_CHARS = 1 << 16;
const MAX_DELAY_MS = 20;

type StreamName = 'stdout' | 'stderr';

export class Output {
  #text: string[] = [];
  #chars = 0;
  #cell = 0;
  #name: StreamName = 'stdout';
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly post: (message: FromRunner) => void) {}

  write(name: StreamName, text: string): void {
    const cell = currentCell()?.id ?? 0;
    if (this.#chars && (cell !== this.#cell || name !== this.#name)) this.flush();
    if (!this.#chars) {
      this.#cell = cell;
      this.#name = name;
      this.#since = performance.now();
      this.#timer ??= setTimeout(() => this.flush(), MAX_DELAY_MS);
    }
    this.#text.push(text);
    this.#chars += text.length;
    // A synchronous loop never reaches the timer: its output is sent from here.
    if (this.#chars > MAX_CHARS || performance.now() - this.#since > MAX_DELAY_MS) this.flush();
  }

  /** Sends a message after everything written before it. */
  send(message: FromRunner): void {
    this.flush();
    this.post(message);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (!this.#chars) return;
    const text = this.#text.join('');
    this.#text = [];
    this.#chars = 0;
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
        this.write(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
        done();
      },
    });
  }
}
