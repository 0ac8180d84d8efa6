/** @file Publishing: every message goes out under the header of the request it belongs to. */
import type { Message, Published } from '../protocol/messages.js';
import type { Sockets } from '../protocol/sockets.js';
import type { Wire } from '../protocol/wire.js';

export type Parent = Pick<Message, 'header'> | undefined;

/** How long the first messages wait for a subscriber; ZeroMQ's client, when it was refused, comes after 200 ms. */
const PATIENCE_MS = 300;

export class Iopub {
  /** What is published before there is a subscriber, who is to hear first that it is one (JEP 65), and then all of this. */
  #held: Uint8Array[][] | undefined = [];

  constructor(
    private readonly wire: Wire,
    private readonly sockets: Sockets,
  ) {}

  publish<T extends keyof Published>(
    type: T,
    content: Published[T],
    parent: Parent,
    extra: { metadata?: Record<string, unknown>; buffers?: Uint8Array[] } = {},
  ): void {
    const header = this.wire.header(type);
    const { metadata = {}, buffers = [] } = extra;
    const identities = [Buffer.from(`kernel.${this.wire.session}.${type}`)];
    const message = { identities, header, parent_header: parent?.header ?? {}, metadata, content, buffers };
    const frames = this.wire.encode(message);
    if (this.#held) this.#held.push(frames);
    else this.sockets.send('iopub', frames);
  }

  /** Subscribers may come from now on. */
  opened(): void {
    setTimeout(() => this.release(), PATIENCE_MS).unref();
  }

  /** Sends what was held. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const frames of held) this.sockets.send('iopub', frames);
  }

  status(execution_state: Published['status']['execution_state'], parent: Parent): void {
    this.publish('status', { execution_state }, parent);
  }

  /** Tells a new subscriber that from here on it loses nothing (JEP 65). */
  welcome(subscription: string): void {
    const message = {
      identities: [Buffer.from(subscription)],
      header: this.wire.header('iopub_welcome'),
      parent_header: {},
      metadata: {},
      content: { subscription },
      buffers: [],
    };
    this.sockets.send('iopub', this.wire.encode(message));
    this.release();
  }
}
