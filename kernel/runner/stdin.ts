/**
 * @file `process.stdin`: a stream that asks the reader for a line when somebody reads it, so that readline works.
 *
 * A stream reads ahead, and a terminal does not mind. Here that would be a question nobody needs: one is asked a moment
 * after the stream wants more, if it still does. Where the cell has written the words of a question first (readline's
 * `question`), the next one is asked when it does so again; where it has not (`for await` over lines), when the line
 * before is taken.
 */
import { Readable } from 'node:stream';
import { type CellApi, NO_INPUT } from './api.js';
import { type CellRun, currentCell } from './cell.js';
import type { Output } from './output.js';
import { later } from './timers.js';

/** Longer than the code takes that closes a readline after its answer. */
const MOMENT_MS = 30;

class Stdin extends Readable {
  readonly fd = 0;
  #wanted = false;
  #asking = false;
  /** Whether words of a question were written since the last answer. */
  #worded = false;
  #soon: NodeJS.Timeout | undefined;
  #cell: CellRun | undefined;
  #asksInWords = false;

  constructor(
    private readonly api: CellApi,
    private readonly stopped: () => void,
  ) {
    super();
  }

  override _read(): void {
    this.#wanted = true;
    this.#considerSoon();
  }

  // A read that an earlier cell has left open is asked for anew by whoever reads next.
  override resume(): this {
    this.#considerSoon();
    return super.resume();
  }

  override read(size?: number): unknown {
    this.#considerSoon();
    return super.read(size);
  }

  /** A cell has written text that does not end its line. */
  word(): void {
    this.#worded = true;
    this.#considerSoon();
  }

  // A socket has them, and programs call them.
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #considerSoon(): void {
    if (!this.#wanted || this.#asking) return;
    clearTimeout(this.#soon);
    this.#soon = later(() => this.#consider(), MOMENT_MS);
  }

  #consider(): void {
    const cell = currentCell();
    const isRead = this.readableFlowing || this.listenerCount('readable') > 0;
    if (!this.#wanted || this.#asking || !isRead || !cell || cell.ended || cell.over) return;
    if (cell === this.#cell && this.#asksInWords && !this.#worded) return;
    this.#cell = cell;
    this.#asksInWords = this.#worded;
    if (cell.stdin) void this.#ask(cell);
    else cell.interrupt(new Error(`process.stdin: ${NO_INPUT}`));
  }

  async #ask(cell: CellRun): Promise<void> {
    this.#asking = true;
    try {
      const line = await this.api.input();
      this.#worded = false;
      this.#wanted = false;
      this.push(`${line}\n`);
    } catch {
      if (cell.over) this.stopped();
      else this.push(null); // there is nobody to ask
    } finally {
      this.#asking = false;
    }
  }
}

/** Puts the stream in the place of node's own; after a Stop, which leaves it in the middle of a read, a new one. */
export function adoptStdin(api: CellApi, output: Output): void {
  let stdin: Stdin | undefined;
  const stream = (): Stdin => (stdin ??= new Stdin(api, () => (stdin = undefined)));
  Object.defineProperty(process, 'stdin', { configurable: true, enumerable: true, get: stream });
  output.unterminated = () => stdin?.word();
}
