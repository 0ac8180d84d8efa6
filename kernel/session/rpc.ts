/** @file A process that is spoken to in JSON-RPC over its pipes. */
import { type ChildProcess, spawn } from 'node:child_process';

interface Reply {
  id?: number;
  result?: unknown;
  error?: { message: string };
}

/** What is waited for, and what ends the wait. */
interface Waiting {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export class RpcProcess {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #chunks: Buffer[] = [];
  #length = 0;
  #next = 0;
  #dead: Error | undefined;
  #outgoing = '';
  #mentions = '';

  /** @param what names the process in errors */
  constructor(
    command: string,
    args: readonly string[],
    private readonly what: string,
  ) {
    this.#process = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#process.stdout!.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#process.stdin!.on('error', () => {});
    const died = (why: string): void => this.#fail(new Error(`${what} ${why}`));
    this.#process.on('error', (error) => died(`could not be started: ${error.message}`));
    this.#process.on('exit', (code, signal) => died(`ended (${signal ?? `exit code ${code}`})`));
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return this.#dead === undefined;
  }

  close(): void {
    this.#fail(new Error(`${this.what} was closed`));
    this.#process.kill('SIGKILL'); // it has nothing to lose, and may be too busy to hear
  }

  request(method: string, params: unknown): Promise<unknown> {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send({ id, method, params });
    });
  }

  /** A request whose answer does not matter; it goes out with the next one. */
  mention(method: string, params: unknown): void {
    this.#mentions += frame({ id: this.#next++, method, params });
  }

  /** Requests of the same moment go out in one write: each wakes the process, which may take this very processor. */
  #send(message: object): void {
    if (!this.#outgoing) queueMicrotask(() => this.#flush());
    this.#outgoing += this.#mentions + frame(message);
    this.#mentions = '';
  }

  #flush(): void {
    this.#process.stdin!.write(this.#outgoing);
    this.#outgoing = '';
  }

  #receive(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    for (;;) {
      let buffer = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#length);
      this.#chunks = [buffer];
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      const size = Number(/Content-Length: (\d+)/i.exec(buffer.toString('latin1', 0, end))?.[1]);
      if (buffer.length < end + 4 + size) return;
      const message = JSON.parse(buffer.toString('utf8', end + 4, end + 4 + size)) as Reply;
      buffer = buffer.subarray(end + 4 + size);
      this.#chunks = [buffer];
      this.#length = buffer.length;
      this.#dispatch(message);
    }
  }

  #dispatch(message: Reply): void {
    const waiting = this.#waiting.get(message.id!);
    if (!waiting) return;
    this.#waiting.delete(message.id!);
    if (message.error) waiting.reject(new Error(message.error.message));
    else waiting.resolve(message.result);
  }

  #fail(error: Error): void {
    this.#dead ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#dead);
    this.#waiting.clear();
  }
}

function frame(message: object): string {
  const text = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}
