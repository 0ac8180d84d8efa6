/** @file Text on its way to the cell that wrote it: batched, in order, never lost. */
import { outgoing } from './bundle.js';
import { currentCell, runningCell } from './cell.js';
import type { FromRunner } from './ipc.js';
import { later } from './timers.js';

const MAX_CHARS = 1 << 16;
const MAX_DELAY_MS = 20;

export type StreamName = 'stdout' | 'stderr';

export class Output {
  #text: string[] = [];
  #chars = 0;
  #cell = 0;
  #name: StreamName = 'stdout';
  #since = 0;
  #flushed = -Infinity;
  /** The cell that has written last. */
  #heard = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Told of text that does not end its line, as a question does whose answer is to stand beside it. */
  unterminated = (): void => {};

  /** Told before something is sent: whoever says much may be too busy to hear of a Stop. */
  sending = (): void => {};

  constructor(private readonly post: (message: FromRunner) => void) {}

  /** @throws KeyboardInterrupt in code of a stopped cell that still goes on */
  write(name: StreamName, text: string): void {
    runningCell()?.signal.throwIfAborted();
    if (!text) return;
    if (!text.endsWith('\n')) this.unterminated();
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
    // The first words of a cell, and after a pause, go at once, before a crash could take them; and a synchronous loop
    // never reaches the timer, so its output is sent from here.
    const now = performance.now();
    const quiet = now - this.#flushed > MAX_DELAY_MS || cell !== this.#heard;
    this.#heard = cell;
    if (quiet || this.#chars > MAX_CHARS || now - this.#since > MAX_DELAY_MS) this.flush();
  }

  /**
   * Sends a message after everything written before it.
   * @throws Error for what is no JSON, KeyboardInterrupt in code of a stopped cell that still goes on after its end
   */
  send(message: FromRunner): void {
    this.sending();
    const run = runningCell();
    if (run?.silenced) throw run.signal.reason;
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
}
