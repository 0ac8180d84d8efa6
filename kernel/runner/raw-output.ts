/** @file What is written to the runner's own stdout or stderr: by child processes, by native libraries. */
import type { Readable } from 'node:stream';
import { Pace } from '../pace.js';

/** So long small pieces are gathered: a program may write each line alone. */
const GATHER_MS = 10;
/** What node says when it exits under a debugger, which notices by itself. */
const FAREWELL = 'Waiting for the debugger to disconnect...\n';

export class RawOutput {
  readonly pace: Pace;
  #text = '';
  #timer: NodeJS.Timeout | undefined;
  #pieces = 0;

  constructor(
    pipe: Readable,
    private readonly say: (text: string) => void,
  ) {
    this.pace = new Pace(pipe);
    pipe.setEncoding('utf8').on('data', (text: string) => {
      this.#pieces++;
      this.pace.count(0, text.length);
      this.#text += text;
      this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
    });
    pipe.on('close', () => this.flush());
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = this.#text.replace(FAREWELL, '');
    this.#text = '';
    if (!text) return;
    this.pace.count(1, 0);
    this.say(text);
  }

  /** Reads what has been written by now, and says it. */
  async drain(): Promise<void> {
    for (let before = -1; before !== this.#pieces;) {
      before = this.#pieces;
      this.pace.hurry();
      await new Promise(setImmediate); // what is there to be read has been read when this comes
    }
    this.flush();
  }
}
