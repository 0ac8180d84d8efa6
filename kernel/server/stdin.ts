/** @file Questions to the reader: input_request on the socket of the client that runs the cell. */
import type { Message } from '../protocol/messages.js';
import type { Sockets } from '../protocol/sockets.js';
import type { Wire } from '../protocol/wire.js';

export class Stdin {
  #waiting: ((value: string | null) => void) | undefined;

  constructor(
    private readonly wire: Wire,
    private readonly sockets: Sockets,
  ) {}

  /** The reader's line, or null when the question was cancelled. */
  ask(parent: Message | undefined, prompt: string, password: boolean): Promise<string | null> {
    this.cancel();
    if (!parent) return Promise.resolve(null);
    const header = this.wire.header('input_request');
    const content = { prompt, password };
    const message = {
      identities: parent.identities,
      header,
      parent_header: parent.header,
      metadata: {},
      content,
      buffers: [],
    };
    this.sockets.send('stdin', this.wire.encode(message));
    return new Promise((resolve) => (this.#waiting = resolve));
  }

  receive(message: Message): void {
    if (message.header.msg_type !== 'input_reply') return;
    const { value } = message.content as { value?: unknown };
    this.#waiting?.(typeof value === 'string' ? value : null);
    this.#waiting = undefined;
  }

  cancel(): void {
    this.#waiting?.(null);
    this.#waiting = undefined;
  }
}
