/**
 * @file The kernel: a message in, busy, the answer, idle. Cells run one after another; everything else is answered at
 * once, also while a cell runs.
 */
import { coloured } from '../colour.js';
import type { Debugger } from '../debug/debugger.js';
import type { DebugRequest, DebugResponse } from '../debug/protocol.js';
import type { Connection } from '../protocol/connection.js';
import type {
  ErrorReply,
  ExecuteReply,
  ExecuteRequest,
  Message,
  Published,
  Requests,
} from '../protocol/messages.js';
import { register } from '../protocol/registration.js';
import { type RoutedChannel, Sockets } from '../protocol/sockets.js';
import { Wire, WireError } from '../protocol/wire.js';
import type { Outcome, Request, Session } from '../session/session.js';
import { Comms } from './comms.js';
import { payloads, wrongField } from './content.js';
import { History, historyFile } from './history.js';
import { Iopub, type Parent } from './iopub.js';
import { HANDLERS, type KernelState } from './requests.js';
import { Stdin } from './stdin.js';

/** How many requests' headers are kept for output that comes after their cell has ended. */
const REMEMBERED = 4096;

export class Kernel implements KernelState {
  readonly history = new History(historyFile());
  readonly comms: Comms;
  readonly ports: Record<string, number>;
  readonly #wire: Wire;
  readonly #sockets = new Sockets();
  readonly #iopub: Iopub;
  readonly #stdin: Stdin;
  readonly #parents = new Map<number, Message>();
  #queue: Message[] = [];
  #draining = false;
  #running: Message | undefined;
  #runs = 0;
  #count = 0;
  #closing = false;
  #debugger: Debugger | undefined;
  /** Cells that were waiting behind one that failed: they are not to run. */
  #aborted: Message[] = [];

  constructor(
    private readonly connection: Connection,
    readonly session: Session,
  ) {
    this.#wire = new Wire(connection.key);
    this.#iopub = new Iopub(this.#wire, this.#sockets);
    this.comms = new Comms(this.#iopub, (event) => this.session.sendComm(event));
    this.#stdin = new Stdin(this.#wire, this.#sockets);
    const { shell_port, iopub_port, stdin_port, control_port, hb_port } = connection;
    this.ports = { shell_port, iopub_port, stdin_port, control_port, hb_port };
    session.listen({
      stream: (cell, name, text) => this.#tell(cell, 'stream', { name, text }),
      display: (cell, { update, data, metadata, displayId }) => {
        const content = {
          data,
          metadata: metadata as Record<string, unknown>,
          transient: displayId ? { display_id: displayId } : {},
        };
        this.#tell(cell, update ? 'update_display_data' : 'display_data', content);
      },
      clear: (cell, wait) => this.#tell(cell, 'clear_output', { wait }),
      lateError: (cell, { stack }) =>
        this.#tell(cell, 'stream', { name: 'stderr', text: `${stack.join('\n')}\n` }),
      input: (cell, prompt, password) => this.#stdin.ask(this.#parents.get(cell), prompt, password),
      comm: (cell, event) => this.#guarded(cell, (parent) => this.comms.publish(event, parent)),
      fresh: () => {
        this.comms.closeAll();
        this.#debugger?.fresh();
      },
    });
  }

  /** Binds the sockets; from here on the kernel answers. */
  async start(): Promise<void> {
    const ports = await this.#sockets.open(this.connection, {
      message: (channel, frames) => this.#receive(channel, frames),
      subscribed: (topic) => this.#iopub.welcome(topic),
    });
    Object.assign(this.ports, ports);
    if (this.connection.registration) await register(this.connection.registration, ports, this.#wire);
    this.#iopub.opened();
    this.#iopub.status('starting', undefined);
  }

  #receive(channel: RoutedChannel, frames: Uint8Array[]): void {
    let message: Message;
    try {
      message = this.#wire.decode(frames);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      process.stderr.write(`d2l-ts: ignored a message on ${channel}: ${error.message}\n`);
      return;
    }
    if (channel === 'stdin') return this.#stdin.receive(message);
    if (message.header.msg_type === 'execute_request') {
      this.#queue.push(message);
      void this.#drain();
    } else {
      void this.#answer(channel, message);
    }
  }

  /** Runs queued cells in order. */
  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    for (let message = this.#queue.shift(); message; message = this.#queue.shift()) {
      await this.#answer('shell', message);
      this.#answerAborted();
    }
    this.#draining = false;
  }

  /** busy, the handler's reply, idle: the frame around every request. */
  async #answer(channel: 'shell' | 'control', message: Message): Promise<void> {
    const type = message.header.msg_type;
    this.#iopub.status('busy', message);
    const handler = HANDLERS[type as keyof Requests] as ((...args: unknown[]) => unknown) | undefined;
    if (handler && type.endsWith('_request')) {
      const content = await this.#handle(handler, message);
      this.#reply(channel, message, type.replace(/_request$/, '_reply'), content as object);
    } else if (!this.comms.receive(message)) {
      process.stderr.write(`d2l-ts: no answer to a message of type ${type}\n`);
    }
    this.#iopub.status('idle', message);
    // Front ends take the last status for the kernel's: say again that a cell is running.
    // A debugger asks with every such message: it would never end.
    if (this.#running && this.#running !== message && type !== 'debug_request')
      this.#iopub.status('busy', this.#running);
  }

  async #handle(handler: (...args: unknown[]) => unknown, message: Message): Promise<unknown> {
    const wrong = wrongField(message);
    if (wrong)
      return { status: 'error', ename: 'ContentError', evalue: wrong, traceback: [] } satisfies ErrorReply;
    try {
      return await handler(this, message.content, message);
    } catch (error) {
      const { name, message: evalue, stack = '' } = error as Error;
      process.stderr.write(`d2l-ts: ${message.header.msg_type} failed: ${stack}\n`);
      return { status: 'error', ename: name, evalue, traceback: stack.split('\n') } satisfies ErrorReply;
    }
  }

  #reply(channel: RoutedChannel, request: Message, type: string, content: object): void {
    const { identities, header: parent_header } = request;
    const header = this.#wire.header(type);
    this.#sockets.send(
      channel,
      this.#wire.encode({ identities, header, parent_header, metadata: {}, content, buffers: [] }),
    );
  }

  #parent(run: number): Parent {
    return this.#parents.get(run) ?? this.#running ?? [...this.#parents.values()].at(-1);
  }

  #tell<T extends keyof Published>(cell: number, type: T, content: Published[T]): void {
    this.#guarded(cell, (parent) => this.#iopub.publish(type, content, parent));
  }

  /** What a runner says and cannot be sent, a text beyond all bounds, costs itself and not the kernel. */
  #guarded(cell: number, publish: (parent: Parent) => void): void {
    const parent = this.#parent(cell);
    try {
      publish(parent);
    } catch (error) {
      const text = `an output could not be sent (${(error as Error).message}); show a part of it\n`;
      this.#iopub.publish('stream', { name: 'stderr', text }, parent);
    }
  }

  async execute(message: Message): Promise<ExecuteReply> {
    const {
      code,
      silent = false,
      store_history = !silent,
      allow_stdin = true,
      stop_on_error = true,
      user_expressions,
    } = message.content as ExecuteRequest;
    const id = ++this.#runs;
    this.#parents.set(id, message);
    if (this.#parents.size > REMEMBERED) this.#parents.delete(this.#parents.keys().next().value!);
    const stored = store_history && !silent;
    if (stored) this.#count++;
    const execution_count = this.#count;
    if (stored) this.history.add(execution_count, code);
    if (!silent) this.#iopub.publish('execute_input', { code, execution_count }, message);
    this.#running = message;
    const request = { id, count: silent ? 0 : execution_count, stdin: allow_stdin };
    let outcome = await this.#outcome(code, request);
    if (outcome.result && !silent) outcome = this.#showResult(outcome, execution_count, message);
    const plain = outcome.result?.data['text/plain'];
    if (stored && typeof plain === 'string') this.history.answer(execution_count, plain);
    if (outcome.error) {
      const { name: ename, message: evalue, stack } = outcome.error;
      const traceback = coloured(stack, this.session.env);
      this.#iopub.publish('error', { ename, evalue, traceback }, message);
      this.#running = undefined;
      if (stop_on_error) await this.#abortQueued();
      return { status: 'error', execution_count, ename, evalue, traceback };
    }
    const expressions = await this.#evaluate(user_expressions ?? {});
    this.#running = undefined;
    return { status: 'ok', execution_count, payload: payloads(outcome), user_expressions: expressions };
  }

  /** What a text comes to; that the kernel itself fails is the cell's error too. */
  async #outcome(code: string, request: Request): Promise<Outcome> {
    try {
      await this.#debugger?.arm(code);
      return code.trim() ? await this.session.execute(code, request) : {};
    } catch (error) {
      const { name, message, stack = '' } = error as Error;
      process.stderr.write(`d2l-ts: a cell failed in the kernel: ${stack}\n`);
      return { error: { name, message, stack: stack.split('\n') } };
    }
  }

  #showResult(outcome: Outcome, execution_count: number, message: Message): Outcome {
    const { data, metadata } = outcome.result!;
    try {
      const content = { data, metadata: metadata as Record<string, unknown>, execution_count };
      this.#iopub.publish('execute_result', content, message);
      return outcome;
    } catch (error) {
      const { name, message: why } = error as Error;
      return { error: { name, message: why, stack: [`${name}: the result could not be sent: ${why}`] } };
    }
  }

  async #evaluate(
    expressions: Record<string, string>,
  ): Promise<(ExecuteReply & { status: 'ok' })['user_expressions']> {
    const results: (ExecuteReply & { status: 'ok' })['user_expressions'] = {};
    for (const [key, expression] of Object.entries(expressions)) {
      const request = { id: ++this.#runs, count: 0, stdin: false };
      const { result, error } = await this.#outcome(`(${expression})`, request);
      results[key] = error
        ? { status: 'error', ename: error.name, evalue: error.message, traceback: error.stack }
        : { status: 'ok', data: result?.data ?? { 'text/plain': 'undefined' }, metadata: {} };
    }
    return results;
  }

  /** Before the failed cell is answered: what comes after the answer was sent by one who has seen it. */
  async #abortQueued(): Promise<void> {
    await new Promise(setImmediate); // what the front end sent together with the failed cell
    this.#aborted = this.#queue.splice(0);
  }

  #answerAborted(): void {
    for (const message of this.#aborted.splice(0)) {
      this.#iopub.status('busy', message);
      this.#reply('shell', message, 'execute_reply', { status: 'aborted' });
      this.#iopub.status('idle', message);
    }
  }

  /** @param request one that was sent before the running cell was meant for the one before, which has just ended */
  interrupt({ header }: Message): void {
    const cell = this.#running?.header;
    if (cell && cell.session === header.session && Date.parse(header.date) < Date.parse(cell.date)) return;
    this.session.interrupt(this.#debugger?.release());
    this.#stdin.cancel();
  }

  /** The debugger is loaded when a front end first asks: most notebooks never need it. */
  async debug(request: DebugRequest): Promise<DebugResponse> {
    const { Debugger } = await import('../debug/debugger.js');
    const host = {
      names: this.session.declared,
      connect: () => this.session.debugPipe(),
      compile: (text: string) => this.session.compile(text),
      textOf: (run: number) => (this.#parents.get(run)?.content as ExecuteRequest | undefined)?.code,
    };
    this.#debugger ??= new Debugger(host, (event) => this.#iopub.publish('debug_event', event, undefined));
    return this.#debugger.request(request);
  }

  shutdown(restart: boolean): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#debugger?.fresh(); // a front end that shows a pause sees it end
    this.session.close();
    // After the reply of this request, which the dispatcher sends next.
    setImmediate(() => void this.#finish(restart));
  }

  async #finish(restart: boolean): Promise<void> {
    this.#iopub.publish('shutdown_reply', { status: 'ok', restart }, undefined);
    this.#iopub.release();
    await this.#sockets.close();
    process.exit(0);
  }
}
