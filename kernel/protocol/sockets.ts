/** @file The five sockets of a kernel: bind, receive, send in order, close. The one owner of ZeroMQ. */
import { chmodSync } from 'node:fs';
import { Dealer, Reply, Request, Router, type Socket, XPublisher } from 'zeromq';
import { type Connection, endpoint, type PortName, type Ports } from './connection.js';

/** An option that ZeroMQ has and zeromq.js does not name: the descriptor of a socket that listens already. */
const ZMQ_USE_FD = 89;
type HasOptions = { setInt32Option(option: number, value: number): void };
type Bindable = Socket & { bind(address: string): Promise<void> };

/** zeromq.js allows one send at a time on a socket; this queue keeps messages whole and in order. */
class Outbox {
  readonly #queue: Uint8Array[][] = [];
  #sending: Promise<void> | undefined;

  constructor(private readonly socket: { send(frames: Uint8Array[]): Promise<void>; closed: boolean }) {}

  send(frames: Uint8Array[]): void {
    this.#queue.push(frames);
    this.#sending ??= this.#drain();
  }

  async #drain(): Promise<void> {
    for (let frames = this.#queue.shift(); frames; frames = this.#queue.shift()) {
      if (this.socket.closed) break;
      // A peer that has gone (EHOSTUNREACH on a router) loses its message, not the kernel.
      await this.socket.send(frames).catch(() => {});
    }
    this.#sending = undefined;
  }

  /** Resolves when everything queued so far has been handed to ZeroMQ. */
  async flushed(): Promise<void> {
    while (this.#sending) await this.#sending;
  }
}

export type RoutedChannel = 'shell' | 'control' | 'stdin';

export interface SocketEvents {
  message(channel: RoutedChannel, frames: Uint8Array[]): void;
  /** A client's subscription has arrived on iopub. */
  subscribed(topic: string): void;
}

export class Sockets {
  readonly #shell = new Router({ linger: 1000, sendHighWaterMark: 0 });
  readonly #control = new Router({ linger: 1000, sendHighWaterMark: 0 });
  readonly #stdin = new Router({ linger: 1000, sendHighWaterMark: 0 });
  readonly #heartbeat = new Reply({ linger: 0 });
  // No high-water mark: a slow front end must not lose output (ZeroMQ drops silently at the mark).
  readonly #iopub = new XPublisher({ linger: 1000, sendHighWaterMark: 0 });
  readonly #outboxes = {
    shell: new Outbox(this.#shell),
    control: new Outbox(this.#control),
    stdin: new Outbox(this.#stdin),
    iopub: new Outbox(this.#iopub),
  };

  /**
   * Binds all sockets and starts to receive.
   * @returns the ports, also those that the system has chosen (for port 0)
   * @throws Error naming the address that cannot be bound
   */
  async open(connection: Connection, events: SocketEvents): Promise<Ports> {
    this.#iopub.verbosity = 'allSubs';
    const { curve_secretkey: secret, curve_publickey: own } = connection;
    if (secret && own) {
      for (const socket of [this.#shell, this.#control, this.#stdin, this.#heartbeat, this.#iopub])
        Object.assign(socket, { curveServer: true, curvePublicKey: own, curveSecretKey: secret });
    }
    const bind = async (socket: Bindable, name: PortName): Promise<number> => {
      const address = endpoint(connection, name);
      const listening = connection.listening?.[name];
      if (listening !== undefined) (socket as unknown as HasOptions).setInt32Option(ZMQ_USE_FD, listening);
      await socket.bind(address).catch((error: unknown) => {
        throw new Error(`cannot bind the ${name} socket to ${address}: ${(error as Error).message}`);
      });
      // Whoever may write into the socket's file may send: that is this user alone, wherever the file lies.
      if (connection.transport === 'ipc') chmodSync(address.slice('ipc://'.length), 0o600);
      return connection[`${name}_port`] || Number(/\d+$/.exec(socket.lastEndpoint ?? ''));
    };
    const [shell_port, control_port, stdin_port, hb_port, iopub_port] = await Promise.all([
      bind(this.#shell, 'shell'),
      bind(this.#control, 'control'),
      bind(this.#stdin, 'stdin'),
      bind(this.#heartbeat, 'hb'),
      bind(this.#iopub, 'iopub'),
    ]);
    void this.#receive(this.#shell, (frames) => events.message('shell', frames));
    void this.#receive(this.#control, (frames) => events.message('control', frames));
    void this.#receive(this.#stdin, (frames) => events.message('stdin', frames));
    void this.#receive(this.#iopub, ([frame]) => {
      if (frame?.[0] === 1) events.subscribed(Buffer.from(frame.subarray(1)).toString());
    });
    void this.#echo();
    return { shell_port, iopub_port, stdin_port, control_port, hb_port };
  }

  send(channel: RoutedChannel | 'iopub', frames: Uint8Array[]): void {
    this.#outboxes[channel].send(frames);
  }

  /** Waits until all queued messages are with ZeroMQ, then closes every socket. */
  async close(): Promise<void> {
    await Promise.all(Object.values(this.#outboxes).map((outbox) => outbox.flushed()));
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#heartbeat, this.#iopub])
      socket.close();
  }

  async #receive(socket: Router | XPublisher, handle: (frames: Uint8Array[]) => void): Promise<void> {
    for (;;) {
      const frames = await received(socket);
      if (socket.closed) return;
      if (frames) handle(frames);
    }
  }

  async #echo(): Promise<void> {
    for (;;) {
      const frames = await received(this.#heartbeat);
      if (this.#heartbeat.closed) return;
      if (frames) await this.#heartbeat.send(frames).catch(() => {});
    }
  }
}

/** One message to another's socket, and the answer; none when it does not come in time. */
export async function exchange(
  pattern: 'dealer' | 'request',
  address: string,
  frames: Uint8Array[],
  limit: number,
): Promise<Uint8Array[] | undefined> {
  const options = { linger: 0, receiveTimeout: limit, sendTimeout: limit };
  const socket = pattern === 'dealer' ? new Dealer(options) : new Request(options);
  try {
    socket.connect(address);
    await socket.send(frames);
    return await socket.receive();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  } finally {
    socket.close();
  }
}

/** The next message, or undefined where ZeroMQ has dropped one that does not fit the socket's pattern (EAGAIN). */
async function received(socket: Router | XPublisher | Reply): Promise<Uint8Array[] | undefined> {
  try {
    return (await socket.receive()) as Uint8Array[];
  } catch (error) {
    if (socket.closed || (error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}
