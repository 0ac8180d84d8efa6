/** @file Comms: messages between a cell and a widget in the front end, open for as long as both want. */
import { randomUUID } from 'node:crypto';
import { currentCell } from './cell.js';
import type { CommEvent } from './ipc.js';
import type { Output } from './output.js';

type Data = Record<string, unknown>;

export interface CommOptions {
  metadata?: Data;
  buffers?: Uint8Array[];
}

/** One open comm. Handlers run in the notebook; what they print goes to the cell that opened the comm. */
export class Comm {
  /** Called with each message of the front end. */
  onMessage: ((data: Data, buffers: Uint8Array[]) => void) | undefined;
  onClose: ((data: Data) => void) | undefined;
  readonly #cell = currentCell()?.id ?? 0;

  constructor(
    readonly id: string,
    readonly target: string,
    private readonly post: (event: CommEvent, cell: number) => void,
  ) {}

  send(data: Data, { metadata = {}, buffers = [] }: CommOptions = {}): void {
    this.post({ kind: 'msg', commId: this.id, data, metadata, buffers }, this.#cell);
  }

  close(data: Data = {}, { metadata = {}, buffers = [] }: CommOptions = {}): void {
    this.post({ kind: 'close', commId: this.id, data, metadata, buffers }, this.#cell);
  }
}

export class Comms {
  readonly #open = new Map<string, Comm>();
  readonly #targets = new Map<string, (comm: Comm, data: Data, buffers: Uint8Array[]) => void>();

  constructor(private readonly output: Output) {}

  /** Opens a comm to a target that the front end has registered. */
  open(
    target: string,
    data: Data = {},
    { metadata = {}, buffers = [], id = randomUUID() }: CommOptions & { id?: string } = {},
  ): Comm {
    const comm = this.#create(id, target);
    this.#post({ kind: 'open', commId: id, target, data, metadata, buffers }, currentCell()?.id ?? 0);
    return comm;
  }

  /** Accepts comms that the front end opens for this name. */
  registerTarget(name: string, opened: (comm: Comm, data: Data, buffers: Uint8Array[]) => void): void {
    this.#targets.set(name, opened);
  }

  /** An event of the front end. A target nobody registered is closed again, as the protocol asks. */
  receive({ kind, commId, target = '', data, buffers }: CommEvent): void {
    if (kind === 'open') {
      const opened = this.#targets.get(target);
      const comm = this.#create(commId, target);
      if (opened) opened(comm, data, buffers);
      else comm.close();
      return;
    }
    const comm = this.#open.get(commId);
    if (kind === 'msg') return comm?.onMessage?.(data, buffers);
    this.#open.delete(commId);
    comm?.onClose?.(data);
  }

  #create(id: string, target: string): Comm {
    const comm = new Comm(id, target, (event, cell) => this.#post(event, cell));
    this.#open.set(id, comm);
    return comm;
  }

  #post(event: CommEvent, cell: number): void {
    if (event.kind === 'close') this.#open.delete(event.commId);
    this.output.send({ type: 'comm', cell, event });
  }
}
