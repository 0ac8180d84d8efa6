/** @file A variable's values in a TensorFlow resource, where captured steps update them in place. */
import type { Binding, TensorRecord } from './binding.js';
import type { Handle } from './c-api.js';
import { shapeAttr, stringAttr, typeAttr } from './dtypes.js';

let count = 0;

/** A resource variable: an eager handle, and a name under which graphs find it. */
export class Resource {
  /** TensorFlow's name for it, unique in the process. */
  readonly name = `d2l_${process.pid}_${count++}`;
  private readonly id: number;
  private users = 0;
  /** Tensors that stand for the present values. */
  private readonly readers = new Set<TensorRecord>();

  constructor(
    private readonly binding: Binding,
    readonly dtype: number,
    readonly shape: number[],
  ) {
    const [made] = binding.eagerly(() => binding.executeOp('VarHandleOp', this.handleAttrs, [], 1));
    if (!made) throw new Error('internal: VarHandleOp gave no handle');
    this.id = made.id;
  }

  /** The attributes of the op that finds this variable, eagerly or in a graph. */
  get handleAttrs() {
    return [typeAttr('dtype', this.dtype), shapeAttr(this.shape), stringAttr('shared_name', this.name)];
  }

  /** Takes over the values of a tensor; nothing is copied. */
  assign(id: number): void {
    this.binding.executeOp('AssignVariableOp', [typeAttr('dtype', this.dtype)], [this.id, id], 0);
  }

  /** A handle of the present values, the caller's to delete. */
  private read(): Handle {
    const attrs = [typeAttr('dtype', this.dtype)];
    const [value] = this.binding.eagerly(() => this.binding.executeOp('ReadVariableOp', attrs, [this.id], 1));
    if (!value) throw new Error('internal: ReadVariableOp gave no value');
    return this.binding.surrender(value.id);
  }

  /** A tensor that stands for this variable in eager code: it holds the resource until it is deleted. */
  tensor(): TensorRecord {
    this.retain();
    const record: TensorRecord = { shape: this.shape, dtype: this.dtype, handle: 0, data: null };
    const release = () => {
      this.readers.delete(record);
      this.release();
    };
    record.variable = { resource: this, read: () => this.read(), release };
    this.readers.add(record);
    return record;
  }

  /**
   * Before the values change: tensors other than the variable's own, clones of it, keep the present ones. Such a
   * snapshot copies nothing; TensorFlow copies at the update if it still exists then.
   */
  settle(own: TensorRecord): void {
    for (const record of this.readers) {
      if (record === own) continue;
      record.handle = this.read();
      const { variable } = record;
      record.variable = undefined;
      variable?.release();
    }
  }

  retain(): void {
    this.users++;
  }

  /** Frees the values when nobody needs them any more. */
  release(): void {
    if (--this.users > 0) return;
    this.binding.eagerly(() => this.binding.executeOp('DestroyResourceOp', [], [this.id], 0));
    this.binding.deleteTensor(this.id);
  }
}
