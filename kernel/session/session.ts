/** @file One notebook's language side: check, compile, run, complete, inspect. It does not know Jupyter. */
import { RunnerHost } from '../runner/host.js';
import type { CommEvent, CompiledCell, FromRunner, MimeBundle, RunnerError } from '../runner/ipc.js';
import { type Completions, rankCompletions } from './complete.js';
import { type Completeness, completeness } from './completeness.js';
import { frameDiagnostics, headline } from './diagnostics.js';
import { describeSymbol, type Inspection, nameAt } from './inspect.js';
import { Program } from './program.js';
import { CellSyntaxError, compileCell } from './rewrite.js';

/** What a cell came to: perhaps a value, perhaps an error. */
export interface Outcome {
  result?: { data: MimeBundle; metadata: object };
  error?: RunnerError;
}

/** What the session tells of while cells run and after. `cell` is the id given to `execute`, 0 when unknown. */
export interface SessionEvents {
  stream(cell: number, name: 'stdout' | 'stderr', text: string): void;
  display(cell: number, message: FromRunner & { type: 'display' }): void;
  clear(cell: number, wait: boolean): void;
  lateError(cell: number, error: RunnerError): void;
  input(cell: number, prompt: string, password: boolean): Promise<string | null>;
  comm(cell: number, event: CommEvent): void;
  page(cell: number, data: MimeBundle): void;
}

export type TypeCheck = 'block' | 'warn' | 'off';

export class Session {
  readonly #program: Program;
  #runner: RunnerHost;
  #running: { id: number; settle: (outcome: Outcome) => void } | undefined;
  #closed = false;
  typecheck: TypeCheck = 'block';

  constructor(
    private readonly cwd: string,
    private readonly events: SessionEvents,
  ) {
    this.#runner = this.#startRunner();
    this.#program = new Program(cwd);
  }

  /** Process ids of the parts, for `doctor` and the tests. */
  get pids(): { runner: number | undefined; compiler: number | undefined } {
    return { runner: this.#runner.pid, compiler: this.#program.pid };
  }

  /**
   * Checks, compiles and runs a cell.
   * @param id names the cell in events; @param count the number in its `In [n]`
   */
  async execute(
    id: number,
    source: string,
    { count, stdin }: { count: number; stdin: boolean },
  ): Promise<Outcome> {
    const label = `[${count || '*'}]`;
    const checked = this.typecheck === 'off' ? undefined : this.#program.check(source);
    checked?.catch(() => {});
    let cell: CompiledCell | undefined;
    try {
      cell = compileCell(source, count);
    } catch (error) {
      if (!(error instanceof CellSyntaxError)) throw error;
    }
    const problems = (await checked?.catch(() => undefined)) ?? [];
    if (!cell && !problems.length) return { error: await this.#syntaxError(source, label) };
    if (problems.length) {
      const stack = frameDiagnostics(source, label, problems);
      if (!cell || this.typecheck === 'block') {
        return { error: { name: 'TypeScriptError', message: headline(source, label, problems), stack } };
      }
      this.events.stream(id, 'stderr', `${stack.join('\n')}\n`);
    }
    const outcome = this.#run(id, cell!, stdin);
    // The types for later cells are read while the cell runs.
    void this.#program.commit(source).catch(() => {});
    return outcome;
  }

  async #syntaxError(source: string, label: string): Promise<RunnerError> {
    const found = await this.#program.check(source);
    if (found.length) {
      return {
        name: 'SyntaxError',
        message: headline(source, label, found),
        stack: frameDiagnostics(source, label, found),
      };
    }
    try {
      compileCell(source, 0);
    } catch (error) {
      return {
        name: 'SyntaxError',
        message: (error as Error).message,
        stack: [`${label}: ${(error as Error).message}`],
      };
    }
    throw new Error('internal: a cell failed to compile and then compiled');
  }

  #run(id: number, cell: CompiledCell, stdin: boolean): Promise<Outcome> {
    if (!this.#runner.alive) this.#runner = this.#startRunner();
    return new Promise((settle) => {
      this.#running = { id, settle };
      this.#runner.send({ type: 'run', id, cell, stdin });
    });
  }

  /** Whether the text is a finished cell. */
  isComplete(source: string): Completeness {
    return completeness(source);
  }

  /** Completions at a UTF-16 offset. */
  async complete(source: string, offset: number): Promise<Completions> {
    return rankCompletions(source, offset, await this.#program.complete(source, offset));
  }

  /** @param detail with the declaration's own text */
  async inspect(source: string, offset: number, detail: boolean): Promise<Inspection | undefined> {
    const at = nameAt(source, offset);
    const symbol = at === undefined ? undefined : await this.#program.describe(source, at);
    return symbol && describeSymbol(symbol, detail ? this.#program.declaration(symbol.name) : undefined);
  }

  /** Stops the running cell; its variables stay. */
  interrupt(): void {
    if (this.#running) this.#runner.interrupt();
  }

  sendComm(event: CommEvent): void {
    this.#runner.send({ type: 'comm', event });
  }

  close(): void {
    this.#closed = true;
    this.#runner.kill();
    this.#program.close();
  }

  #startRunner(): RunnerHost {
    const host: RunnerHost = new RunnerHost(this.cwd, {
      message: (message) => this.#receive(message, host),
      raw: (name, text) => this.events.stream(this.#running?.id ?? 0, name, text),
      died: (death) => this.#runnerDied(host, death),
    });
    return host;
  }

  #receive(message: FromRunner, host: RunnerHost): void {
    switch (message.type) {
      case 'stream':
        return this.events.stream(message.cell, message.name, message.text);
      case 'display':
        return this.events.display(message.cell, message);
      case 'clear':
        return this.events.clear(message.cell, message.wait);
      case 'late-error':
        return this.events.lateError(message.cell, message.error);
      case 'comm':
        return this.events.comm(message.cell, message.event);
      case 'page':
        return this.events.page(message.cell, message.data);
      case 'input': {
        const { id, cell, prompt, password } = message;
        void this.events
          .input(cell, prompt, password)
          .then((value) => host.send({ type: 'input', id, value }));
        return;
      }
      case 'done':
        return this.#settle(message.id, message);
    }
  }

  #settle(id: number, { result, error }: Outcome): void {
    if (this.#running?.id !== id) return;
    const { settle } = this.#running;
    this.#running = undefined;
    settle({ ...(result && { result }), ...(error && { error }) });
  }

  /** A runner that ends takes the variables with it; the kernel says so in the cell and starts another. */
  #runnerDied(host: RunnerHost, { code, signal }: { code: number | null; signal: string | null }): void {
    if (this.#closed || host !== this.#runner) return;
    this.#program.reset();
    this.#runner = this.#startRunner();
    const why =
      signal === 'SIGABRT' || code === 134
        ? 'it ran out of memory or aborted'
        : signal
          ? `signal ${signal}`
          : `exit code ${code}`;
    const message = `the process that runs the cells has ended (${why}); its variables are lost, the next cell starts with none`;
    if (this.#running) {
      this.#settle(this.#running.id, {
        error: { name: 'RunnerEnded', message, stack: [`RunnerEnded: ${message}`] },
      });
    } else {
      this.events.stream(0, 'stderr', `${message}\n`);
    }
  }
}
