/** @file Questions to the reader: input_request on the socket of the client that runs the cell. */
import type { Message } from '../protocol/messages.js';
import type { Sockets } from '../protocol/sockets.js';
import type { Wire } from '../protocol/wire.js';

/** A question that was asked, or waits until the ones before it are answered. */
interface Question {
  message: Parameters<Wire['encode']>[0];
  settle(value: string | null): void;
}

/** How many questions are remembered that are no longer open, whose answers may still come. */
const REMEMBERED = 100;

export class Stdin {
  /** Front ends show one question at a time: the first one is open. */
  #questions: Question[] = [];
  /** Message ids of questions that are over. */
  readonly #over = new Set<string>();

  constructor(
    private readonly wire: Wire,
    private readonly sockets: Sockets,
  ) {}

  /** The reader's line, or null when there is nobody to ask. Never settles when the question is cancelled. */
  ask(parent: Message | undefined, prompt: string, password: boolean): Promise<string | null> {
    if (!parent) return Promise.resolve(null);
    const header = this.wire.header('input_request');
    const content = { prompt, password };
    const { identities, header: parent_header } = parent;
    const message = { identities, header, parent_header, metadata: {}, content, buffers: [] };
    return new Promise((settle) => {
      this.#questions.push({ message, settle });
      if (this.#questions.length === 1) this.#open();
    });
  }

  #open(): void {
    const [question] = this.#questions;
    if (question) this.sockets.send('stdin', this.wire.encode(question.message));
  }

  /** An answer is the open question's, unless it names one that is over: that one's reader was late. */
  receive({ header, parent_header, content }: Message): void {
    if (header.msg_type !== 'input_reply') return;
    if (this.#over.has(String(parent_header.msg_id))) return;
    const question = this.#questions.shift();
    if (!question) return;
    const { value } = content as { value?: unknown };
    this.#close(question);
    question.settle(typeof value === 'string' ? value : null);
    this.#open();
  }

  /** Forgets all questions: their cell was stopped, and has its error from that. */
  cancel(): void {
    for (const question of this.#questions.splice(0)) this.#close(question);
  }

  #close({ message }: Question): void {
    this.#over.add(message.header.msg_id);
    if (this.#over.size > REMEMBERED) this.#over.delete(this.#over.values().next().value!);
  }
}
