/**
 * @file How fast a runner is listened to. Front ends read some thousand messages and some ten megabytes a second; what
 * a flood of displays is ahead of them, they would still have to read after a Stop. So it waits, in the runner, whose
 * writes wait for the kernel. What cells commonly show is far below, and a burst is not slowed down.
 */
import type { Readable } from 'node:stream';

const PER_SECOND = 2000;
/** So many may come at once. */
const BURST = 2000;
/** So many bytes count like one message: 32 MB a second. */
const BYTES = 1 << 14;

export class Pace {
  #left = BURST;
  #since = performance.now();
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly pipe: Readable) {}

  /** So much has been read. */
  count(messages: number, bytes: number): void {
    const now = performance.now();
    this.#left =
      Math.min(BURST, this.#left + ((now - this.#since) / 1000) * PER_SECOND) - messages - bytes / BYTES;
    this.#since = now;
    if (this.#left >= 0 || this.#timer) return;
    this.pipe.pause();
    this.#timer = setTimeout(() => this.#resume(), (-this.#left / PER_SECOND) * 1000);
  }

  #resume(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.pipe.resume();
  }

  /** Reads on at once, to the end that a Stop or a death has made. */
  hurry(): void {
    this.#left = BURST;
    this.#resume();
  }
}
