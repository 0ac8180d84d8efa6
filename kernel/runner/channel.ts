/**
 * @file What kernel and runner say to each other, over a pipe each way. (Node's own IPC is an object that cells have.)
 *
 * The runner writes synchronously. So what was said before a crash has been heard, and a cell that says more than the
 * kernel can take waits for it, instead of filling the memory with what a Stop would have to wait for. Stop can take
 * any line of the writer, also the one that was about to learn that its bytes are written. So a message goes in
 * numbered pieces, small enough for the system to take each whole or not at all; one that comes twice is dropped.
 */
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { serialize } from 'node:v8';
import { type FromRunner, HEAR_FD, SPEAK_FD, type ToRunner } from './ipc.js';

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
    writePiece(piece(number, body.subarray(offset, end), end === body.length));
    // No call from here to the loop's end: nothing can come between these lines.
    number = (number + 1) >>> 0;
    offset = end === body.length ? 0 : end;
    if (offset === 0) first++;
  }
  waiting = [];
  first = 0;
}

function piece(number: number, body: Uint8Array, last: boolean): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + body.length);
  bytes.writeUInt32LE(number, 0);
  bytes.writeUInt32LE(body.length + (last ? LAST : 0), 4);
  bytes.set(body, HEADER);
  return bytes;
}

function writePiece(bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += write(SPEAK_FD, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return; // the kernel is gone, and soon so is this process
      if (code !== 'EAGAIN') throw error;
    }
  }
}

/** Lets the runner hear. @param closed called when the kernel has gone */
export function listen(heard: (message: ToRunner) => void, closed: () => void): void {
  const hearing = new Hearing((body) => heard(told(body.toString('utf8'))));
  const pipe = new Socket({ fd: HEAR_FD, readable: true, writable: false });
  pipe.on('data', (bytes: Buffer) => hearing.receive(bytes));
  pipe.on('close', closed);
}

/**
 * The kernel's words, which nothing interrupts: a message is one piece. They are JSON, read in the runner's own realm:
 * what Node would make of bytes there is of the cells' realm, and made with what cells may have changed.
 */
export class Telling {
  #number = 0;

  bytes(message: ToRunner): Buffer {
    const bytes = piece(this.#number, Buffer.from(tell(message)), true);
    this.#number = (this.#number + 1) >>> 0;
    return bytes;
  }
}

function tell(message: ToRunner): string {
  if (message.type !== 'comm') return JSON.stringify(message);
  const buffers = message.event.buffers.map((bytes) => Buffer.from(bytes).toString('base64'));
  return JSON.stringify({ ...message, event: { ...message.event, buffers } });
}

/** The cells' JSON, as it is before any of them. */
const parseForCells = globalThis.JSON.parse;

function told(text: string): ToRunner {
  const message = JSON.parse(text) as ToRunner;
  if (message.type !== 'comm') return message;
  const { event } = message;
  const buffers = event.buffers.map((bytes) => Buffer.from(String(bytes), 'base64'));
  // These a cell's own handler gets to see.
  const data = parseForCells(JSON.stringify(event.data)) as typeof event.data;
  return { ...message, event: { ...event, data, buffers } };
}

/** The listener's side: pieces in, messages out. */
export class Hearing {
  #bytes: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #next = 0;

  /** @param heard called with each message that is complete */
  constructor(private readonly heard: (message: Buffer) => void) {}

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
    this.heard(whole);
  }
}
