/**
 * @file The debugger as JupyterLab speaks to it: requests of the Debug Adapter Protocol, answered by V8's inspector in
 * the runner. Nothing of it runs until a front end asks; after `disconnect` the cells run at full speed again.
 */
import { Debuggee, type DebugHost } from './debuggee.js';
import { describe } from './describe.js';
import { withoutTypes } from './expression.js';
import type { Commands, DebugEvent, DebugRequest, DebugResponse, Events } from './protocol.js';
import { CELL_PREFIX, CELL_SUFFIX, cellPath, HASH_SEED } from './scripts.js';

/** The main thread of the runner, where cells run; there is no other that stops. */
const THREAD = 1;

type Command = keyof Commands;
type Handlers = { [C in Command]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]> };

export class Debugger {
  readonly #debuggee: Debuggee;
  #seq = 1;
  #last: Promise<unknown> = Promise.resolve();
  #listing: Promise<DebugResponse> | undefined;

  constructor(
    host: DebugHost,
    private readonly publish: (event: DebugEvent) => void,
  ) {
    this.#debuggee = new Debuggee(host, {
      stopped: (why) => this.#event('stopped', { threadId: THREAD, ...why }),
      continued: () => this.#event('continued', { threadId: THREAD, allThreadsContinued: true }),
    });
  }

  /** Answers requests one after another: what a front end sees belongs together. */
  request(request: DebugRequest): Promise<DebugResponse> {
    if (request.command !== 'inspectVariables') return this.#exclusive(() => this.#answer(request));
    // JupyterLab asks for them with every line that a cell prints: those who wait together get one answer.
    this.#listing ??= this.#exclusive(() => {
      this.#listing = undefined;
      return this.#answer(request);
    });
    return this.#listing.then((answer) => ({ ...answer, seq: this.#seq++, request_seq: request.seq }));
  }

  /** Before a cell runs. Where it fails the cell runs unhindered; the next request tells the front end why. */
  arm(text: string): Promise<void> {
    if (!this.#debuggee.started) return Promise.resolve();
    return this.#exclusive(() => this.#debuggee.arm(text)).catch(() => {});
  }

  /** Stop was pressed. @returns whether a cell is paused */
  release(): boolean {
    return this.#debuggee.release();
  }

  /** The runner has ended; the next cell runs in another. */
  fresh(): void {
    this.#debuggee.fresh();
  }

  #exclusive<T>(body: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(body);
    this.#last = turn.catch(() => {});
    return turn;
  }

  async #answer({ seq: request_seq, command, arguments: args = {} }: DebugRequest): Promise<DebugResponse> {
    const base = { type: 'response' as const, seq: this.#seq++, request_seq, command };
    try {
      if (!Object.hasOwn(this.#handlers, command)) throw new Error(`this debugger has no command ${command}`);
      const handler = this.#handlers[command as Command] as (args: object) => object | Promise<object>;
      return { ...base, success: true, body: await handler(args) };
    } catch (error) {
      return { ...base, success: false, message: (error as Error).message, body: {} };
    }
  }

  #event<E extends keyof Events>(event: E, body: Events[E]): void {
    this.publish({ type: 'event', seq: this.#seq++, event, body });
  }

  readonly #handlers: Handlers = {
    debugInfo: () => ({
      isStarted: this.#debuggee.started,
      hashMethod: 'Murmur2',
      hashSeed: HASH_SEED,
      tmpFilePrefix: CELL_PREFIX,
      tmpFileSuffix: CELL_SUFFIX,
      breakpoints: this.#debuggee.breakpoints.list(),
      stoppedThreads: this.#debuggee.frames ? [THREAD] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: false,
    }),
    initialize: async () => {
      await this.#debuggee.start();
      return CAPABILITIES;
    },
    attach: () => {
      this.#event('initialized', {});
      return {};
    },
    configurationDone: () => ({}),
    disconnect: async () => {
      await this.#debuggee.stop();
      this.#event('terminated', {});
      return {};
    },
    dumpCell: ({ code }) => {
      this.#debuggee.scripts.dump(code);
      return { sourcePath: cellPath(code) };
    },
    source: ({ source, path = source?.path ?? '' }) => {
      const { scripts } = this.#debuggee;
      const found = scripts.cell(path) ?? scripts.loaded(path)?.source;
      if (!found) throw new Error(`the text of ${path} is not known here`);
      return { content: found.content, mimeType: 'text/typescript' };
    },
    modules: () => {
      const modules = this.#debuggee.scripts.modules();
      return { modules, totalModules: modules.length };
    },
    setBreakpoints: async ({ source, breakpoints = [] }) => {
      const inspector = await this.#debuggee.inspector();
      return { breakpoints: await this.#debuggee.breakpoints.replace(inspector, source.path, breakpoints) };
    },
    setExceptionBreakpoints: ({ filters }) =>
      this.#debuggee.pauseOnExceptions(filters.length ? 'all' : 'none'),
    threads: () => ({ threads: [{ id: THREAD, name: 'cells' }] }),
    stackTrace: ({ startFrame = 0, levels }) => {
      const all = (this.#debuggee.frames ?? []).map(({ shown }) => shown);
      return { stackFrames: all.slice(startFrame, levels && startFrame + levels), totalFrames: all.length };
    },
    scopes: async ({ frameId }) => {
      const frame = this.#debuggee.frames?.find(({ shown }) => shown.id === frameId);
      return { scopes: frame ? await (await this.#debuggee.variables()).scopes(frame.call) : [] };
    },
    variables: async ({ variablesReference, start = 0, count }) => {
      const variables = await (await this.#debuggee.variables()).children(variablesReference);
      return { variables: variables.slice(start, count && start + count) };
    },
    inspectVariables: async () => {
      const variables = await this.#debuggee.variables();
      if (!this.#debuggee.frames) variables.release();
      return { variables: await variables.globals() };
    },
    richInspectVariables: async ({ variableName, frameId }) => {
      const paused = this.#debuggee.frames !== undefined;
      const expression = `globalThis[Symbol.for('d2l-ts.format')](${variableName}, ${paused})`;
      const options = { returnByValue: true, ...(!paused && { awaitPromise: true }) };
      const { value } = await this.#debuggee.evaluate(expression, frameId, options);
      return { data: value as object, metadata: {} };
    },
    evaluate: async ({ expression, frameId, context }) => {
      const options = { generatePreview: true, throwOnSideEffect: context === 'hover' };
      const value = await this.#debuggee.evaluate(withoutTypes(expression), frameId, options);
      const variables = await this.#debuggee.variables();
      return { result: describe(value).value, variablesReference: variables.reference(value, expression) };
    },
    continue: async () => {
      await this.#debuggee.go('resume');
      return { allThreadsContinued: true };
    },
    next: () => this.#debuggee.go('stepOver'),
    stepIn: () => this.#debuggee.go('stepInto'),
    stepOut: () => this.#debuggee.go('stepOut'),
    pause: () => this.#debuggee.pause(),
  };
}

const CAPABILITIES = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsDelayedStackTraceLoading: true,
  // Not "uncaught" too: V8 takes the kernel's own `await` of the cell for one who catches.
  exceptionBreakpointFilters: [
    {
      filter: 'all',
      label: 'Exceptions',
      description: 'Exceptions, also those that are caught',
      default: false,
    },
  ],
};
