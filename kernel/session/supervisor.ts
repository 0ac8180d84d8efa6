/**
 * @file Keeps one runner alive and tells what comes from it: a runner that ends takes the variables with it, never the
 * kernel, and the next cell finds a fresh one.
 */
import { existsSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { signalGroup } from '../process-group.js';
import { type Death, RunnerHost } from '../runner/host.js';
import type { CommEvent, CompiledCell, FromRunner, MimeBundle, RunnerError } from '../runner/ipc.js';

/** What running a cell came to: perhaps a value, perhaps an error. */
export interface Result {
  result?: { data: MimeBundle; metadata: object };
  error?: RunnerError;
  /** Names the cell declares whose declarations it did not reach. */
  missed?: string[];
}

/** What is told of while cells run and after. `cell` is the id given to `execute`, 0 when unknown. */
export interface RunnerEvents {
  stream(cell: number, name: 'stdout' | 'stderr', text: string): void;
  display(cell: number, message: FromRunner & { type: 'display' }): void;
  clear(cell: number, wait: boolean): void;
  lateError(cell: number, error: RunnerError): void;
  input(cell: number, prompt: string, password: boolean): Promise<string | null>;
  comm(cell: number, event: CommEvent): void;
  /** The variables are lost: the runner ended, or was told to. */
  fresh(): void;
}

/** A timer of a cell may keep the runner busy. */
const KEYS_MS = 300;

/** A runner that has not stopped a cell for so long is ended by another Stop. */
const DEAF_MS = 5000;

/** The same, and what a session alone has to know. */
export interface SessionEvents extends RunnerEvents {
  /** A cell has changed the folder. */
  moved(folder: string): void;
}

export class Supervisor {
  #runner: RunnerHost;
  #runs = 0;
  #running: { id: number; run: number; settle: (result: Result) => void } | undefined;
  #closed = false;
  /** The cell that was last told to stop. */
  #stopped: { id: number | undefined; at: number } = { id: undefined, at: 0 };
  #asked = 0;
  readonly #answers = new Map<number, (keys: string[]) => void>();
  #events: SessionEvents | undefined;
  /** Leaders of the groups of processes that magics have started and that have not ended. */
  readonly #groups = new Set<number>();

  /** @param env the environment of runners to come, as it will be then */
  constructor(
    private cwd: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {
    this.#runner = this.#start();
  }

  /** Names the one who is told. Before that there is none to tell. */
  listen(events: SessionEvents): void {
    this.#events = events;
  }

  get pid(): number | undefined {
    return this.#runner.pid;
  }

  /** Runs a cell; one at a time. */
  run(id: number, cell: CompiledCell, stdin: boolean): Promise<Result> {
    if (!this.#runner.alive) this.#runner = this.#start();
    return new Promise((settle) => {
      const run = ++this.#runs;
      this.#running = { id, run, settle };
      this.#runner.send({ type: 'run', id, run, cell, stdin });
    });
  }

  /** Stops the running cell, also one that a debugger has paused, and what a widget has begun. */
  interrupt(paused: boolean): void {
    const { id } = this.#running ?? {};
    const isDeaf = id !== undefined && this.#stopped.id === id && Date.now() - this.#stopped.at > DEAF_MS;
    if (isDeaf) return this.#runner.kill();
    if (id !== this.#stopped.id) this.#stopped = { id, at: Date.now() };
    this.#runner.interrupt({ run: this.#running?.run ?? 0, paused });
  }

  /** The folder that runners to come start in. */
  moveTo(folder: string): void {
    this.cwd = folder;
  }

  sendComm(event: CommEvent): void {
    this.#runner.send({ type: 'comm', event });
  }

  /** The members that a value has now; none while a cell runs, which may keep the runner busy for long. */
  keys(path: string[]): Promise<string[]> {
    if (this.#running || !this.#runner.alive) return Promise.resolve([]);
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      setTimeout(() => this.#answer(id, []), KEYS_MS).unref();
      this.#runner.send({ type: 'keys', id, path });
    });
  }

  #answer(id: number, keys: string[]): void {
    this.#answers.get(id)?.(keys);
    this.#answers.delete(id);
  }

  /** A pipe to V8's inspector in the present runner. */
  debugPipe(): Promise<Duplex> {
    return this.#runner.debugPipe();
  }

  /** Processes that are to end no later than the variables do; told again when they have. */
  adopt(leader: number, alive: boolean): void {
    if (alive) this.#groups.add(leader);
    else this.#groups.delete(leader);
    this.#runner.tellGroup(leader, alive);
  }

  #end(runner: RunnerHost): void {
    runner.kill();
    for (const leader of this.#groups) signalGroup(leader, 'SIGKILL');
    this.#groups.clear();
  }

  close(): void {
    this.#closed = true;
    this.#end(this.#runner);
  }

  #start(): RunnerHost {
    const events = {
      message: (message: FromRunner) => this.#receive(message, host),
      raw: (name: 'stdout' | 'stderr', text: string) =>
        this.#events?.stream(this.#running?.id ?? 0, name, text),
      died: (death: Death) => this.#died(host, death),
    };
    const host: RunnerHost = new RunnerHost(this.cwd, events, this.env);
    return host;
  }

  /** A fresh process, without variables. */
  restart(): void {
    const old = this.#runner;
    this.#runner = this.#start();
    this.#events?.fresh();
    this.#end(old);
  }

  #receive(message: FromRunner, host: RunnerHost): void {
    switch (message.type) {
      case 'stream':
        return this.#events?.stream(message.cell, message.name, message.text);
      case 'display':
        return this.#events?.display(message.cell, message);
      case 'clear':
        return this.#events?.clear(message.cell, message.wait);
      case 'late-error':
        return this.#events?.lateError(message.cell, message.error);
      case 'comm':
        return this.#events?.comm(message.cell, message.event);
      case 'input': {
        const { id, cell, prompt, password } = message;
        const answer = this.#events?.input(cell, prompt, password);
        void answer?.then((value) => host.send({ type: 'input', id, value }));
        return;
      }
      case 'keys':
        return this.#answer(message.id, message.keys);
      case 'done':
        if (message.folder) this.#events?.moved(message.folder);
        return this.#settle(message.id, message);
    }
  }

  #settle(id: number, { result, error, missed }: Result): void {
    if (this.#running?.id !== id) return;
    const { settle } = this.#running;
    this.#running = undefined;
    settle({ ...(result && { result }), ...(error && { error }), ...(missed && { missed }) });
  }

  /** A runner that ends takes the variables with it; the kernel says so in the cell and starts another. */
  #died(host: RunnerHost, { code, signal }: Death): void {
    if (this.#closed || host !== this.#runner) return;
    const { begun } = host;
    if (begun) this.restart(); // one that could not even begin would end again: the next cell tries once more
    const why =
      signal === 'SIGABRT' || code === 134
        ? 'it ran out of memory or aborted'
        : signal
          ? `signal ${signal}`
          : existsSync(this.cwd)
            ? `exit code ${code}`
            : `the folder ${this.cwd} is gone`;
    const message = begun
      ? `the process that runs the cells has ended (${why}); its variables are lost, the next cell starts with none`
      : `the process that runs the cells could not begin (${why}); the next cell tries again`;
    if (this.#running) {
      this.#settle(this.#running.id, {
        error: { name: 'RunnerEnded', message, stack: [`RunnerEnded: ${message}`] },
      });
    } else {
      this.#events?.stream(0, 'stderr', `${message}\n`);
    }
  }
}
