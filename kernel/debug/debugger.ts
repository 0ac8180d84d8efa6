/**
 * @file The debugger as JupyterLab speaks to it: requests of the Debug Adapter Protocol, answered by V8's inspector in
 * the runner. Nothing of it runs until a front end asks; after `disconnect` the cells run at full speed again.
 */
import type { Duplex } from 'node:stream';
import type { Debugger as V8, Runtime } from 'node:inspector';
import { Breakpoints } from './breakpoints.js';
import { describe } from './describe.js';
import { withoutTypes } from './expression.js';
import { Inspector } from './inspector.js';
import { type Asked, type Frame, readableFrames, reasonOf, type Stopped, wayOut } from './pause.js';
import type { Commands, DebugEvent, DebugRequest, DebugResponse, Events } from './protocol.js';
import { CELL_PREFIX, CELL_SUFFIX, cellPath, HASH_SEED, Scripts, STEPPED_OVER } from './scripts.js';
import { OBJECT_GROUP, Variables } from './variables.js';

/** What the debugger needs to know of the kernel. */
export interface Debuggee {
  /** A pipe to the debug thread of the present runner. */
  connect(): Promise<Duplex>;
  /** What the front end sent to be run, by the number of the run. */
  textOf(run: number): string | undefined;
  /** Names that cells have declared. */
  readonly names: Iterable<string>;
  publish(event: DebugEvent): void;
}

/** The main thread of the runner, where cells run; there is no other that stops. */
const THREAD = 1;
/** An expression that takes longer is given up. */
const EVALUATE_MS = 5000;

type Command = keyof Commands;
type Handlers = { [C in Command]: (args: Commands[C][0]) => Commands[C][1] | Promise<Commands[C][1]> };

export class Debugger {
  readonly #scripts: Scripts;
  readonly #breakpoints: Breakpoints;
  #inspector: Inspector | undefined;
  #variables: Variables | undefined;
  #started = false;
  #exceptions: 'none' | 'all' = 'none';
  #frames: Frame[] | undefined;
  #asked: Asked;
  /** Stop was pressed: nothing pauses until the next cell. */
  #skipping = false;
  #seq = 1;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly debuggee: Debuggee) {
    this.#scripts = new Scripts((run) => debuggee.textOf(run));
    this.#breakpoints = new Breakpoints(this.#scripts);
  }

  /** Answers requests one after another: what a front end sees belongs together. */
  request(request: DebugRequest): Promise<DebugResponse> {
    return this.#exclusive(() => this.#answer(request));
  }

  /** Before a cell runs: pauses are wanted again, and a new runner has its breakpoints. */
  arm(): Promise<void> {
    if (!this.#started) return Promise.resolve();
    return this.#exclusive(async () => {
      const inspector = await this.#attached();
      if (!this.#skipping) return;
      this.#skipping = false;
      await inspector.send('Debugger.setSkipAllPauses', { skip: false });
    }).catch(() => {}); // the cell runs, without its breakpoints; the next request tells the front end why
  }

  /** Stop was pressed: nothing pauses until the next cell. @returns whether something is paused now */
  release(): boolean {
    if (!this.#started || !this.#inspector) return false;
    this.#skipping = true;
    this.#inspector.send('Debugger.setSkipAllPauses', { skip: true }).catch(() => {});
    return this.#frames !== undefined;
  }

  /** The runner has ended; the next cell runs in another. */
  fresh(): void {
    this.#inspector = undefined;
    this.#variables = undefined;
    this.#scripts.clear();
    this.#resumed();
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
    this.debuggee.publish({ type: 'event', seq: this.#seq++, event, body });
  }

  async #connected(): Promise<Inspector> {
    if (this.#inspector) return this.#inspector;
    const inspector = new Inspector(await this.debuggee.connect());
    inspector.on('Debugger.scriptParsed', (script) => this.#scripts.add(script));
    inspector.on('Debugger.paused', (stopped) => this.#paused(stopped));
    inspector.on('Debugger.resumed', () => this.#resumed());
    this.#variables = new Variables(inspector, this.debuggee.names);
    return (this.#inspector = inspector);
  }

  async #attach(): Promise<void> {
    const inspector = await this.#connected();
    await inspector.send('Debugger.enable');
    await inspector.send('Debugger.setBlackboxPatterns', { patterns: STEPPED_OVER });
    await inspector.send('Debugger.setPauseOnExceptions', { state: this.#exceptions });
    await this.#breakpoints.restore(inspector);
  }

  /** @throws Error when no front end has started the debugger */
  async #attached(): Promise<Inspector> {
    if (!this.#started) throw new Error('the debugger is not started');
    if (!this.#inspector) await this.#attach();
    return this.#inspector!;
  }

  #paused(stopped: Stopped): void {
    const frames = readableFrames(stopped, this.#scripts);
    const onward =
      this.#skipping || !frames.length ? 'Debugger.resume' : wayOut(stopped, this.#scripts, this.#asked);
    if (onward) return void this.#inspector!.send(onward).catch(() => {});
    this.#frames = frames;
    this.#event('stopped', { threadId: THREAD, ...reasonOf(stopped, this.#asked) });
    this.#asked = undefined;
  }

  #resumed(): void {
    if (!this.#frames) return;
    this.#frames = undefined;
    this.#variables?.release();
    this.#event('continued', { threadId: THREAD, allThreadsContinued: true });
  }

  async #step(method: string): Promise<object> {
    if (!this.#frames) throw new Error('no cell is paused');
    this.#asked = method === 'Debugger.resume' ? undefined : 'step';
    return this.#inspector!.send(method);
  }

  async #evaluate(
    expression: string,
    frameId: number | undefined,
    options: object,
  ): Promise<Runtime.RemoteObject> {
    const inspector = await this.#connected();
    const call =
      this.#frames && (this.#frames.find(({ shown }) => shown.id === frameId) ?? this.#frames[0])?.call;
    const { result, exceptionDetails } = await inspector.send<V8.EvaluateOnCallFrameReturnType>(
      call ? 'Debugger.evaluateOnCallFrame' : 'Runtime.evaluate',
      {
        ...(call && { callFrameId: call.callFrameId }),
        expression,
        objectGroup: OBJECT_GROUP,
        timeout: EVALUATE_MS,
        silent: true,
        ...options,
      },
    );
    if (!exceptionDetails) return result;
    const { exception, text } = exceptionDetails;
    throw new Error(
      exception ? (exception.description ?? describe(exception).value).split('\n', 1)[0] : text,
    );
  }

  readonly #handlers: Handlers = {
    debugInfo: () => ({
      isStarted: this.#started,
      hashMethod: 'Murmur2',
      hashSeed: HASH_SEED,
      tmpFilePrefix: CELL_PREFIX,
      tmpFileSuffix: CELL_SUFFIX,
      breakpoints: this.#breakpoints.list(),
      stoppedThreads: this.#frames ? [THREAD] : [],
      richRendering: true,
      exceptionPaths: [],
      copyToGlobals: false,
    }),
    initialize: async () => {
      if (!this.#started) await this.#attach();
      this.#started = true;
      return CAPABILITIES;
    },
    attach: () => {
      this.#event('initialized', {});
      return {};
    },
    configurationDone: () => ({}),
    disconnect: async () => {
      this.#breakpoints.clear();
      this.#exceptions = 'none';
      this.#started = this.#skipping = false;
      await this.#inspector?.send('disconnect');
      this.#scripts.clear();
      this.#resumed();
      this.#event('terminated', {});
      return {};
    },
    dumpCell: ({ code }) => {
      this.#scripts.dump(code);
      return { sourcePath: cellPath(code) };
    },
    source: ({ source, path = source?.path ?? '' }) => {
      const found = this.#scripts.at(path);
      if (!found) throw new Error(`the text of ${path} is not known here`);
      return { content: found.content, mimeType: 'text/typescript' };
    },
    modules: () => {
      const modules = this.#scripts.modules();
      return { modules, totalModules: modules.length };
    },
    setBreakpoints: async ({ source, breakpoints = [] }) => ({
      breakpoints: await this.#breakpoints.replace(await this.#attached(), source.path, breakpoints),
    }),
    setExceptionBreakpoints: async ({ filters }) => {
      const inspector = await this.#attached();
      this.#exceptions = filters.length ? 'all' : 'none';
      return inspector.send('Debugger.setPauseOnExceptions', { state: this.#exceptions });
    },
    threads: () => ({ threads: [{ id: THREAD, name: 'cells' }] }),
    stackTrace: ({ startFrame = 0, levels }) => {
      const all = (this.#frames ?? []).map(({ shown }) => shown);
      return { stackFrames: all.slice(startFrame, levels && startFrame + levels), totalFrames: all.length };
    },
    scopes: async ({ frameId }) => {
      const frame = this.#frames?.find(({ shown }) => shown.id === frameId);
      return { scopes: frame ? await this.#variables!.scopes(frame.call) : [] };
    },
    variables: async ({ variablesReference, start = 0, count }) => {
      const variables = (await this.#variables?.children(variablesReference)) ?? [];
      return { variables: variables.slice(start, count && start + count) };
    },
    inspectVariables: async () => {
      await this.#connected();
      if (!this.#frames) this.#variables!.release();
      return { variables: await this.#variables!.globals() };
    },
    richInspectVariables: async ({ variableName, frameId }) => {
      const expression = `globalThis[Symbol.for('d2l-ts.format')](${variableName}, ${Boolean(this.#frames)})`;
      const options = { returnByValue: true, ...(!this.#frames && { awaitPromise: true }) };
      const { value } = await this.#evaluate(expression, frameId, options);
      return { data: value as object, metadata: {} };
    },
    evaluate: async ({ expression, frameId, context }) => {
      const code = withoutTypes(expression);
      const options = { generatePreview: true, throwOnSideEffect: context === 'hover' };
      const value = await this.#evaluate(code, frameId, options);
      return {
        result: describe(value).value,
        variablesReference: this.#variables!.reference(value, expression),
      };
    },
    continue: async () => {
      await this.#step('Debugger.resume');
      return { allThreadsContinued: true };
    },
    next: () => this.#step('Debugger.stepOver'),
    stepIn: () => this.#step('Debugger.stepInto'),
    stepOut: () => this.#step('Debugger.stepOut'),
    pause: async () => {
      this.#asked = 'pause';
      return (await this.#attached()).send('Debugger.pause');
    },
  };
}

const CAPABILITIES = {
  supportsConfigurationDoneRequest: true,
  supportsConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  supportsDelayedStackTraceLoading: true,
  exceptionBreakpointFilters: [
    {
      filter: 'all',
      label: 'Exceptions',
      description: 'Exceptions, also those that are caught',
      default: false,
    },
  ],
};
