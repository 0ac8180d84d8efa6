/**
 * @file The runner's words to the kernel: a pipe that is written synchronously. So what was said before a crash has
 * been heard, and a cell that says more than the kernel can take waits for it, instead of filling the memory with
 * what a Stop would have to wait for.
 *
 * Stop can take any line of the writer, also the one that was about to learn that its bytes are written. So a message
 * goes in numbered pieces, small enough for the system to take each whole or not at all; one that comes twice is
 * dropped.
 */
import { writeSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { type FromRunner, SPEAK_FD } from './ipc.js';

const PIECE = 1 << 14;
const HEADER = 8;
/** In the header's second word, beside the length: the message is complete. */
const LAST = 1 << 30;

/** Taken before a cell can put something in its place. */
const write = writeSync;

/** What waits to be written; emptied by whoever writes next. */
let waiting: Uint8Array[] = [];
let first = 0;
let offset = 0;
let number = 0;

/** Sends a message; returns when the kernel's side has it. @throws Error for what cannot be cloned */
export function post(message: FromRunner): void {
  waiting.push(serialize(message));
  while (first < waiting.length) {
    const body = waiting[first]!;
    const end = Math.min(body.length, offset + PIECE);
    const piece = Buffer.allocUnsafe(HEADER + end - offset);
    piece.writeUInt32LE(number, 0);
    piece.writeUInt32LE(end - offset + (end === body.length ? LAST : 0), 4);
    piece.set(body.subarray(offset, end), HEADER);
    writePiece(piece);
    // No call from here to the loop's end: nothing can come between these lines.
    number = (number + 1) >>> 0;
    offset = end === body.length ? 0 : end;
    if (offset === 0) first++;
  }
  waiting = [];
  first = 0;
}

function writePiece(piece: Uint8Array): void {
  let written = 0;
  while (written < piece.length) {
    try {
      written += write(SPEAK_FD, piece, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return; // the kernel is gone, and soon so is this process
      if (code !== 'EAGAIN') throw error;
    }
  }
}

/** The kernel's side: pieces in, messages out. */
export class Hearing {
  #bytes: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #next = 0;

  /** @param heard called with each message that is complete */
  constructor(private readonly heard: (message: FromRunner) => void) {}

  /** @returns how many messages the bytes have completed */
  receive(bytes: Buffer): number {
    let messages = 0;
    this.#bytes = this.#bytes.length ? Buffer.concat([this.#bytes, bytes]) : bytes;
    while (this.#bytes.length >= HEADER) {
      const number = this.#bytes.readUInt32LE(0);
      const word = this.#bytes.readUInt32LE(4);
      const end = HEADER + (word & (LAST - 1));
      if (this.#bytes.length < end) break;
      const body = this.#bytes.subarray(HEADER, end);
      this.#bytes = this.#bytes.subarray(end);
      if (number !== this.#next) continue; // it came twice
      this.#take(body, word >= LAST);
      if (word >= LAST) messages++;
    }
    return messages;
  }

  #take(body: Buffer, last: boolean): void {
    this.#next = (this.#next + 1) >>> 0;
    this.#parts.push(body);
    if (!last) return;
    const whole = this.#parts.length > 1 ? Buffer.concat(this.#parts) : body;
    this.#parts = [];
    this.heard(deserialize(whole) as FromRunner);
  }
}
