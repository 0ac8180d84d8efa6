/** @file Publishing: every message goes out under the header of the request it belongs to. */
import type { Message, Published } from '../protocol/messages.js';
import type { Sockets } from '../protocol/sockets.js';
import type { Wire } from '../protocol/wire.js';

export type Parent = Pick<Message, 'header'> | undefined;

export class Iopub {
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
    this.sockets.send('iopub', this.wire.encode(message));
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
  }
}
