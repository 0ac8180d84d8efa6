/** @file One notebook's language side: check, compile, run, complete, inspect. It does not know Jupyter. */
import { statSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { CommEvent, CompiledCell, MimeBundle, RunnerError } from '../runner/ipc.js';
import { coloured } from '../colour.js';
import { parseCell } from '../language/oxc.js';
import { SourceSyntaxError } from '../language/strip.js';
import { removeScratch } from '../scratch.js';
import { type Completions, pathBefore, PROPERTY, rankCompletions } from './complete.js';
import { type Completeness, completeness } from './completeness.js';
import { describeDeferred, splitDeferred } from './deferred.js';
import { frameDiagnostics, headline } from './diagnostics.js';
import { describeSymbol, type Inspection, nameAt } from './inspect.js';
import { blankMagics, completeMagic, parseMagics, parseQuestion } from './magic-syntax.js';
import { MAGICS, type MagicContext, MagicError, unknownMagic } from './magics.js';
import { Program } from './program.js';
import { asProgram, compileCell, type CompileOptions } from './compile.js';
import { type Result, type RunnerEvents, Supervisor } from './supervisor.js';
import type { Diagnostic } from './tsc.js';

/** What a cell came to: perhaps a value, perhaps an error. */
export interface Outcome extends Result {
  /** Documentation to be shown beside the notebook. */
  page?: MimeBundle;
  /** Text for a new cell below. */
  nextInput?: string;
}

/** One execution as the front end asked for it; `id` names it in events, `count` is the number in its `In [n]`. */
export interface Request {
  id: number;
  count: number;
  stdin: boolean;
}

/** A cell that was stopped while the compiler still looked at it. */
const STOPPED: RunnerError = {
  name: 'KeyboardInterrupt',
  message: 'the cell was stopped before it ran; variables keep their values',
  stack: [
    '\u001b[31mKeyboardInterrupt\u001b[39m: the cell was stopped before it ran; variables keep their values',
  ],
};

export type TypeCheck = 'block' | 'warn' | 'off';

export class Session {
  readonly #program: Program;
  readonly #runner: Supervisor;
  #jsx: string | undefined;
  readonly #stops = new Set<() => void>();
  /** The environment of the runner, as %env has made it. */
  readonly env = { ...process.env };
  typecheck: TypeCheck = configuredTypeCheck(process.env['D2L_TS_TYPECHECK']);

  /** Names that cells have declared in the present runner. */
  readonly declared = new Set<string>();

  #events: RunnerEvents | undefined;

  constructor(private cwd: string) {
    this.#runner = new Supervisor(cwd, this.env); // first: it takes the longer to start
    this.#program = new Program(cwd);
  }

  /** Names the one who is told of output. Before that there is none to tell of. */
  listen(events: RunnerEvents): void {
    this.#events = events;
    this.#runner.listen({
      ...events,
      fresh: () => this.#forget(events),
      moved: (folder) => this.#move(folder),
    });
  }

  /** A cell, or %cd, has changed the folder: imports are looked for there by all of us. */
  #move(folder: string): void {
    this.cwd = folder;
    this.#runner.moveTo(folder);
    this.#program.restart(folder);
  }

  /** The compiler knows of no name where the runner has none. */
  #forget(events: RunnerEvents): void {
    void this.#program.reset().catch(() => {});
    this.declared.clear();
    events.fresh();
  }

  #run(id: number, cell: CompiledCell, stdin: boolean): Promise<Outcome> {
    for (const name of cell.names) this.declared.add(name);
    return this.#runner.run(id, cell, stdin);
  }

  /** What a first cell would wait for, done before there is one. */
  async warmUp(): Promise<void> {
    void this.#runner.run(0, compileCell('0', 0), false);
    await this.#program.check('0').catch(() => {}); // a compiler that does not start is told of in the first cell
  }

  /** Process ids of the parts, for `doctor` and the tests. */
  get pids(): { runner: number | undefined; compiler: number | undefined } {
    return { runner: this.#runner.pid, compiler: this.#program.pid };
  }

  /** Runs a cell: its magics, then its code. */
  async execute(text: string, request: Request): Promise<Outcome> {
    const source = unixLines(text);
    const asked = parseQuestion(source);
    if (asked) return this.#page(asked.name, asked.detail);
    const { lines, cell, code } = parseMagics(source);
    if (!lines.length && !cell) return this.#code(source, request);
    return this.#guard(async () => {
      const context = this.#magicContext(request);
      if (cell) return runMagic(context, cell.name, cell.args, cell.body);
      let outcome: Outcome = {};
      for (const [i, { name, args }] of lines.entries()) {
        const takesRest = !args && i === lines.length - 1 && MAGICS[name]?.takesCell && code.trim();
        outcome = await runMagic(context, name, args, takesRest ? code : '');
        if (outcome.error || takesRest) return outcome;
      }
      return code.trim() ? { ...outcome, ...(await this.#code(code, request)) } : outcome;
    });
  }

  async #guard(body: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await body();
    } catch (error) {
      const { name, message } = error as Error;
      if (!(error instanceof MagicError) && !('code' in (error as Error))) throw error;
      return {
        error: { name: error instanceof MagicError ? 'MagicError' : name, message, stack: [message] },
      };
    }
  }

  async #page(name: string, detail: boolean): Promise<Outcome> {
    const found = await this.inspect(name, name.length, detail);
    if (found) return { page: { 'text/plain': found.text, 'text/markdown': found.markdown } };
    const message = `nothing is known of ${name}; it is neither declared by a cell that has run nor a global`;
    return { error: { name: 'MagicError', message, stack: [message] } };
  }

  /** Checks, compiles and runs code. */
  async #code(text: string, { id, count, stdin }: Request): Promise<Outcome> {
    const source = asProgram(text);
    const label = `[${count || '*'}]`;
    const checked = this.typecheck === 'off' ? [] : this.#check(source, id);
    const cell = this.#compile(source, count);
    const found = await checked;
    if (!cell && !this.#jsx && parseCell(source).reading === 'tsx') return { error: JSX_IS_OFF };
    if (!found) return { error: STOPPED };
    const { now: problems, deferred } = splitDeferred(source, found);
    if (!cell && !found.length) return { error: await this.#syntaxError(source, label) };
    if (problems.length) {
      const stack = frameDiagnostics(source, label, problems);
      if (!cell || this.typecheck === 'block') {
        const name = cell ? 'TypeScriptError' : 'SyntaxError';
        return { error: { name, message: headline(source, label, problems), stack } };
      }
      this.#events?.stream(id, 'stderr', `${coloured(stack, this.env).join('\n')}\n`);
    }
    if (deferred.length) this.#events?.stream(id, 'stderr', describeDeferred(source, deferred));
    const outcome = this.#run(id, cell!, stdin);
    // The types for later cells are read while the cell runs.
    this.#program.commit(source, outcome, (path) => this.#runner.keys(path));
    return outcome;
  }

  /** Problems of a cell, or undefined when it was stopped: some types keep the compiler busy for ever. */
  async #check(source: string, id: number): Promise<Diagnostic[] | undefined> {
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    const stopped = new Promise<undefined>((resolve) => {
      controller.signal.addEventListener('abort', () => resolve(undefined));
    });
    this.#stops.add(stop);
    try {
      const found = await Promise.race([this.#program.check(source, controller.signal), stopped]);
      if (!found) this.#program.restart();
      return found;
    } catch (error) {
      const { message } = error as Error;
      this.#events?.stream(
        id,
        'stderr',
        `this cell runs without a type check: ${message}; see d2l-ts doctor\n`,
      );
      return [];
    } finally {
      this.#stops.delete(stop);
    }
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
      compileCell(source, 0, this.#compileOptions);
    } catch (error) {
      return {
        name: 'SyntaxError',
        message: (error as Error).message,
        stack: [`${label}: ${(error as Error).message}`],
      };
    }
    throw new Error('internal: a cell failed to compile and then compiled');
  }

  /** Whether the text is a finished cell. */
  isComplete(source: string): Completeness {
    return completeness(source);
  }

  /** Completions at a UTF-16 offset. */
  async complete(source: string, offset: number): Promise<Completions> {
    const magic = completeMagic(source, offset, Object.keys(MAGICS));
    if (magic) {
      const matches = magic.names.map((text) => ({ text, kind: 'magic' }));
      return { matches, start: magic.start, end: offset };
    }
    const typed = await this.#program.complete(blankMagics(source), offset);
    const path = typed.length ? undefined : pathBefore(source, offset);
    const live = path ? await this.#runner.keys(path) : [];
    return rankCompletions(source, offset, [...typed, ...live.map((name) => ({ name, kind: PROPERTY }))]);
  }

  /** @param detail with the declaration's own text */
  async inspect(source: string, offset: number, detail: boolean): Promise<Inspection | undefined> {
    const code = blankMagics(source);
    const magic =
      MAGICS[/^%{1,2}(\w+)/.exec(source.slice(source.lastIndexOf('\n', offset - 1) + 1))?.[1] ?? ''];
    if (magic)
      return { text: `${magic.usage}\n\n${magic.help}`, markdown: `\`${magic.usage}\`\n\n${magic.help}` };
    const at = nameAt(code, offset);
    const found = at === undefined ? undefined : await this.#program.describe(code, at, detail);
    return found && describeSymbol(found.symbol, found.text);
  }

  /** Stops the running cell, also one that a debugger has paused, and what a widget has begun; variables stay. */
  interrupt(paused = false): void {
    this.#runner.interrupt(paused);
    for (const stop of this.#stops) stop();
    this.#stops.clear();
  }

  #magicContext(request: Request): MagicContext {
    const session = this; // eslint-disable-line @typescript-eslint/no-this-alias -- the accessors below need it
    return {
      get cwd() {
        return session.cwd;
      },
      get typecheck() {
        return session.typecheck;
      },
      set typecheck(mode) {
        session.typecheck = mode;
      },
      get jsx() {
        return session.#jsx;
      },
      set jsx(name) {
        session.#jsx = name;
        session.#program.restart(session.cwd, name ?? '');
      },
      env: this.env,
      stopped: new Promise((resolve) => this.#stops.add(resolve)),
      adopt: (leader, alive) => this.#runner.adopt(leader, alive),
      print: (text, name = 'stdout') => this.#events?.stream(request.id, name, text),
      show: (data) =>
        this.#events?.display(request.id, {
          type: 'display',
          cell: request.id,
          update: false,
          data,
          metadata: {},
        }),
      run: (source) => this.#code(source, request),
      runInternal: (source) => this.#run(request.id, compileCell(source, 0), false),
      variables: () => this.#program.variables(),
      reset: () => this.#runner.restart(),
      rescan: () => this.#program.restart(),
      chdir: async (folder) => {
        if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
          throw new MagicError(`there is no folder ${folder}`);
        await this.#run(request.id, compileCell(`process.chdir(${JSON.stringify(folder)})`, 0), false);
      },
    };
  }

  /** A cell's text as it would be run, for the debugger; undefined when it is no program. */
  compile(source: string): CompiledCell | undefined {
    return this.#compile(asProgram(parseMagics(unixLines(source)).code), 0);
  }

  get #compileOptions(): CompileOptions {
    return { jsx: this.#jsx, declared: this.declared };
  }

  #compile(source: string, count: number): CompiledCell | undefined {
    try {
      return compileCell(source, count, this.#compileOptions);
    } catch (error) {
      if (error instanceof SourceSyntaxError) return undefined;
      throw error;
    }
  }

  /** A pipe to V8's inspector in the present runner, for the debugger. */
  debugPipe(): Promise<Duplex> {
    return this.#runner.debugPipe();
  }

  sendComm(event: CommEvent): void {
    this.#runner.sendComm(event);
  }

  close(): void {
    this.#runner.close();
    this.#program.close();
    removeScratch();
  }
}

/** The language takes all line ends for one; magics and excerpts know one only. */
function unixLines(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

const NO_JSX =
  'this cell has JSX, which is off; %jsx react (or another package with a jsx-runtime) turns it on';
const JSX_IS_OFF: RunnerError = { name: 'SyntaxError', message: NO_JSX, stack: [`SyntaxError: ${NO_JSX}`] };

async function runMagic(context: MagicContext, name: string, args: string, body: string): Promise<Outcome> {
  const magic = MAGICS[name];
  if (!magic) throw unknownMagic(name);
  return (await magic.run(context, args, body)) ?? {};
}

/** @throws Error when the environment asks for a mode there is not */
function configuredTypeCheck(mode = 'block'): TypeCheck {
  if (mode === 'block' || mode === 'warn' || mode === 'off') return mode;
  throw new Error(`D2L_TS_TYPECHECK must be block, warn or off, got "${mode}"`);
}
