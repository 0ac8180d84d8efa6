/** @file The comms that are open, and their messages between front end and runner. */
import type { CommMsg, CommOpen, Message } from '../protocol/messages.js';
import type { CommEvent } from '../runner/ipc.js';
import type { Iopub, Parent } from './iopub.js';

export class Comms {
  readonly #open = new Map<string, string>();

  constructor(
    private readonly iopub: Iopub,
    private readonly toRunner: (event: CommEvent) => void,
  ) {}

  /** A message of the front end. @returns whether it was one about comms */
  receive({ header, content, metadata, buffers }: Message): boolean {
    const kind = /^comm_(open|msg|close)$/.exec(header.msg_type)?.[1] as CommEvent['kind'] | undefined;
    if (!kind) return false;
    const { comm_id, data = {}, target_name = '' } = content as Partial<CommOpen>;
    if (typeof comm_id !== 'string') return true;
    if (kind === 'open') this.#open.set(comm_id, target_name);
    if (kind === 'close') this.#open.delete(comm_id);
    this.toRunner({ kind, commId: comm_id, target: target_name, data, metadata, buffers });
    return true;
  }

  /** An event of a cell, for the front end. */
  publish({ kind, commId, target = '', data, metadata, buffers }: CommEvent, parent: Parent): void {
    if (kind === 'open') this.#open.set(commId, target);
    if (kind === 'close') this.#open.delete(commId);
    const content: CommMsg = { comm_id: commId, data };
    const extra = { metadata, buffers };
    if (kind === 'open') this.iopub.publish('comm_open', { ...content, target_name: target }, parent, extra);
    else this.iopub.publish(`comm_${kind}`, content, parent, extra);
  }

  info(target?: string): Record<string, { target_name: string }> {
    const wanted = [...this.#open].filter(([, name]) => target === undefined || name === target);
    return Object.fromEntries(wanted.map(([id, target_name]) => [id, { target_name }]));
  }

  /** The runner is gone, and with it whatever answered. */
  closeAll(): void {
    for (const comm_id of this.#open.keys())
      this.iopub.publish('comm_close', { comm_id, data: {} }, undefined);
    this.#open.clear();
  }
}
