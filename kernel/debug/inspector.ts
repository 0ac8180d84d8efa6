/** @file The kernel's end of the pipe to the runner's debug thread: requests to V8's inspector, and what it reports. */
import type { Debugger } from 'node:inspector';
import type { Duplex } from 'node:stream';

/** What the inspector reports unasked, as far as the debugger listens. */
interface Notifications {
  'Debugger.scriptParsed': Debugger.ScriptParsedEventDataType;
  'Debugger.paused': Debugger.PausedEventDataType;
  'Debugger.resumed': object;
}

interface Incoming {
  id?: number;
  result?: object;
  error?: string;
  method?: keyof Notifications;
  params?: never;
}

/** Native code (a training step, a big file read) lets nobody in; after this the question is given up. */
const PATIENCE_MS = 10_000;

export class Inspector {
  readonly #waiting = new Map<
    number,
    { resolve: (result: object) => void; reject: (error: Error) => void }
  >();
  readonly #listeners: { [T in keyof Notifications]?: (params: Notifications[T]) => void } = {};
  #next = 1;
  #rest = '';

  constructor(private readonly pipe: Duplex) {
    pipe.setEncoding('utf8');
    pipe.on('data', (text: string) => this.#read(text));
    pipe.on('error', () => {}); // a runner that has just died
    pipe.on('close', () => this.#end());
  }

  /** Names the one who is told of a kind of event. */
  on<T extends keyof Notifications>(method: T, listener: (params: Notifications[T]) => void): void {
    Object.assign(this.#listeners, { [method]: listener });
  }

  /** @throws Error with the inspector's own words, or when the runner does not answer */
  send<Result extends object = object>(method: string, params: object = {}): Promise<Result> {
    const id = this.#next++;
    const answer = new Promise<object>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    const patience = setTimeout(() => {
      const seconds = PATIENCE_MS / 1000;
      this.#settle(
        id,
        new Error(`the cell has been in native code for ${seconds} s; ask again when it is back`),
      );
    }, PATIENCE_MS);
    if (this.pipe.writable) this.pipe.write(`${JSON.stringify({ id, method, params })}\n`);
    else this.#end();
    return answer.finally(() => clearTimeout(patience)) as Promise<Result>;
  }

  #read(text: string): void {
    const lines = text.split('\n');
    lines[0] = this.#rest + lines[0]!;
    this.#rest = lines.pop()!;
    for (const line of lines) this.#receive(JSON.parse(line) as Incoming);
  }

  #receive({ id, result, error, method, params }: Incoming): void {
    if (id !== undefined) this.#settle(id, error === undefined ? result! : new Error(inWords(error)));
    else this.#listeners[method!]?.(params!);
  }

  #settle(id: number, answer: object): void {
    const asked = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (answer instanceof Error) asked?.reject(answer);
    else asked?.resolve(answer);
  }

  #end(): void {
    for (const id of this.#waiting.keys())
      this.#settle(id, new Error('the process that runs the cells has ended'));
  }
}

function inWords(error: string): string {
  const words = error.replace(/^Inspector error -?\d+: /, '');
  return words === 'Execution was terminated' ? 'it took too long and was stopped' : words;
}
