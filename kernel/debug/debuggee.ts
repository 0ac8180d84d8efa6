/** @file What is debugged: the runner as its inspector shows it, from the first question until the front end leaves. */
import type { Debugger, Runtime } from 'node:inspector';
import type { Duplex } from 'node:stream';
import type { CompiledCell } from '../runner/ipc.js';
import { Breakpoints } from './breakpoints.js';
import { describe } from './describe.js';
import { Inspector } from './inspector.js';
import { type Asked, type Frame, readableFrames, reasonOf, type Stopped, wayOut } from './pause.js';
import type { Events } from './protocol.js';
import { cellPath, Scripts, STEPPED_OVER } from './scripts.js';
import { OBJECT_GROUP, Variables } from './variables.js';

/** What the debugger needs to know of the kernel. */
export interface DebugHost {
  /** A pipe to the debug thread of the present runner. */
  connect(): Promise<Duplex>;
  /** What the front end sent to be run, by the number of the run. */
  textOf(run: number): string | undefined;
  /** That text as it would be run, undefined when it is no program. */
  compile(text: string): CompiledCell | undefined;
  /** Names that cells have declared. */
  readonly names: Iterable<string>;
}

interface Listener {
  stopped(why: Omit<Events['stopped'], 'threadId'>): void;
  continued(): void;
}

/** An expression that takes longer is given up. */
const EVALUATE_MS = 5000;

export class Debuggee {
  readonly scripts: Scripts;
  readonly breakpoints: Breakpoints;
  #connection: { inspector: Inspector; variables: Variables } | undefined;
  #started = false;
  #exceptions: 'none' | 'all' = 'none';
  #frames: readonly Frame[] | undefined;
  #asked: Asked;
  /** Stop was pressed: nothing pauses until the next cell. */
  #skipping = false;

  constructor(
    private readonly host: DebugHost,
    private readonly listener: Listener,
  ) {
    this.scripts = new Scripts(host);
    this.breakpoints = new Breakpoints(this.scripts);
  }

  get started(): boolean {
    return this.#started;
  }

  /** The stack where it is paused, undefined where it runs. */
  get frames(): readonly Frame[] | undefined {
    return this.#frames;
  }

  /** The tree of variables. */
  async variables(): Promise<Variables> {
    return (await this.#connected()).variables;
  }

  /** The inspector with its debugger on. @throws Error when no front end has started it */
  async inspector(): Promise<Inspector> {
    if (!this.#started) throw new Error('the debugger is not started');
    if (!this.#connection) await this.#attach();
    return this.#connection!.inspector;
  }

  async start(): Promise<void> {
    if (!this.#started) await this.#attach();
    this.#started = true;
  }

  /** Lets everything run on, at full speed. */
  async stop(): Promise<void> {
    this.breakpoints.clear();
    this.#exceptions = 'none';
    this.#started = this.#skipping = false;
    await this.#connection?.inspector.send('disconnect');
    this.scripts.clear();
    this.#resumed();
  }

  /** Before a cell runs: pauses are wanted again, and its breakpoints are set, also in a new runner. */
  async arm(text: string): Promise<void> {
    if (!this.#started) return;
    const inspector = await this.inspector();
    this.scripts.dump(text);
    await this.breakpoints.settle(inspector, cellPath(text));
    if (!this.#skipping) return;
    this.#skipping = false;
    await inspector.send('Debugger.setSkipAllPauses', { skip: false });
  }

  /** Stop was pressed: nothing pauses until the next cell. @returns whether something is paused now */
  release(): boolean {
    if (!this.#started || !this.#connection) return false;
    this.#skipping = true;
    this.#connection.inspector.send('Debugger.setSkipAllPauses', { skip: true }).catch(() => {});
    return this.#frames !== undefined;
  }

  /** The runner has ended; the next cell runs in another. */
  fresh(): void {
    this.scripts.clear();
    this.#resumed();
    this.#connection = undefined;
  }

  async pauseOnExceptions(state: 'none' | 'all'): Promise<object> {
    const inspector = await this.inspector();
    this.#exceptions = state;
    return inspector.send('Debugger.setPauseOnExceptions', { state });
  }

  /** Goes on from a pause. @throws Error when there is none */
  async go(method: 'resume' | 'stepOver' | 'stepInto' | 'stepOut'): Promise<object> {
    if (!this.#frames) throw new Error('no cell is paused');
    this.#asked = method === 'resume' ? undefined : 'step';
    return (await this.inspector()).send(`Debugger.${method}`);
  }

  async pause(): Promise<object> {
    this.#asked = 'pause';
    return (await this.inspector()).send('Debugger.pause');
  }

  /** The value of an expression in a frame, or among the notebook's variables. @throws Error with what it threw */
  async evaluate(
    expression: string,
    frameId: number | undefined,
    options: object,
  ): Promise<Runtime.RemoteObject> {
    const { inspector } = await this.#connected();
    const frame = this.#frames?.find(({ shown }) => shown.id === frameId) ?? this.#frames?.[0];
    const { result, exceptionDetails } = await inspector.send<Debugger.EvaluateOnCallFrameReturnType>(
      frame ? 'Debugger.evaluateOnCallFrame' : 'Runtime.evaluate',
      {
        ...(frame && { callFrameId: frame.call.callFrameId }),
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

  async #connected(): Promise<{ inspector: Inspector; variables: Variables }> {
    if (this.#connection) return this.#connection;
    const inspector = new Inspector(await this.host.connect());
    inspector.on('Debugger.scriptParsed', (script) => this.scripts.add(script));
    inspector.on('Debugger.paused', (stopped) => this.#paused(stopped, inspector));
    inspector.on('Debugger.resumed', () => this.#resumed());
    return (this.#connection = { inspector, variables: new Variables(inspector, this.host.names) });
  }

  async #attach(): Promise<void> {
    const { inspector } = await this.#connected();
    await inspector.send('Debugger.enable');
    await inspector.send('Debugger.setBlackboxPatterns', { patterns: STEPPED_OVER });
    await inspector.send('Debugger.setPauseOnExceptions', { state: this.#exceptions });
    await this.breakpoints.restore(inspector);
  }

  #paused(stopped: Stopped, inspector: Inspector): void {
    const frames = readableFrames(stopped, this.scripts);
    const stay = frames.length && !this.#skipping;
    const onward = stay ? wayOut(stopped, this.scripts, this.#asked) : 'Debugger.resume';
    if (onward) return void inspector.send(onward).catch(() => {});
    this.#frames = frames;
    this.listener.stopped(reasonOf(stopped, this.#asked));
    this.#asked = undefined;
  }

  #resumed(): void {
    if (!this.#frames) return;
    this.#frames = undefined;
    this.#connection?.variables.release();
    this.listener.continued();
  }
}
