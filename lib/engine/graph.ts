/** @file A graph under construction: while a step is captured, kernels add nodes here instead of running ops. */
import { Algebra, type Better } from './algebra.js';
import { setAttribute } from './attributes.js';
import type { Binding, Recorder, TensorMetadata, TensorRecord } from './binding.js';
import type { Handle, Output } from './c-api.js';
import { CannotCaptureError } from './cannot-capture.js';
import {
  type Attr,
  AttrKind,
  type Data,
  describe,
  DType,
  shapeAttr,
  sizeOf,
  stringAttr,
  typeAttr,
} from './dtypes.js';
import { type OpSignature, opSignature } from './op-signature.js';
import { isIdentity, rewrite } from './rewrite.js';
import type { Builder } from './rows.js';

const MAX_RANK = 16;
/** Constants up to this many bytes are shared among nodes. */
const SHARED_BYTES = 256;

/** An input of a node: one output, or several for an input that takes a list. */
type Input = Output | readonly Output[];

/** `[oper, index]` pairs as C reads them. */
export function packOutputs(outputs: readonly Output[]): BigUint64Array {
  const packed = new BigUint64Array(Math.max(2, 2 * outputs.length));
  outputs.forEach(({ oper, index }, i) => {
    packed[2 * i] = BigInt(oper);
    packed[2 * i + 1] = BigInt(index);
  });
  return packed;
}

/** A `TF_Graph` that records what kernels execute. */
export class Graph implements Recorder, Builder {
  readonly handle: Handle;
  private nodes = 0;
  private readonly inputs = new Map<TensorRecord, Output>();
  private readonly constants = new Map<string, Output>();
  /** Products of two matrices: their factors, and which is read transposed. */
  private readonly products = new Map<TensorRecord, { inputs: readonly Input[]; attrs: readonly Attr[] }>();
  private readonly shared = new Map<string, Output>();
  private readonly algebra: Algebra = new Algebra(this, (record) => this.outputOf(record));
  private readonly dims = new BigInt64Array(MAX_RANK);

  constructor(
    readonly binding: Binding,
    /** The graph's output for a tensor that is no constant (a variable), if it is one. */
    private readonly resolve: (record: TensorRecord) => Output | undefined,
  ) {
    this.handle = binding.api.TF_NewGraph();
  }

  /** Adds a node. @throws TensorFlowError when its inputs do not fit, as the op itself would */
  node(
    name: string,
    attrs: readonly Attr[],
    inputs: readonly Input[],
    after: readonly Handle[] = [],
    what: () => string = () => name,
  ): Handle {
    const { api, status } = this.binding;
    const description = api.TF_NewOperation(this.handle, name, `${name}_${this.nodes++}`);
    for (const input of inputs) {
      if (Array.isArray(input)) api.TF_AddInputList(description, packOutputs(input), input.length);
      else api.TF_AddInput(description, input as Output);
    }
    for (const operation of after) api.TF_AddControlInput(description, operation);
    for (const attr of attrs) setAttribute(api, 'TF_', description, attr, status.handle);
    const operation = api.TF_FinishOperation(description, status.handle);
    if (!operation) status.check(what);
    return operation;
  }

  placeholder(dtype: number, shape: readonly number[]): Output {
    return {
      oper: this.node('Placeholder', [typeAttr('dtype', dtype), shapeAttr(shape)], []),
      index: 0,
    };
  }

  private constantOf(tensor: Handle, dtype: number): Output {
    const { api, status } = this.binding;
    const description = api.TF_NewOperation(this.handle, 'Const', `Const_${this.nodes++}`);
    api.TF_SetAttrTensor(description, 'value', tensor, status.handle);
    api.TF_SetAttrType(description, 'dtype', dtype);
    api.TF_DeleteTensor(tensor);
    const oper = api.TF_FinishOperation(description, status.handle);
    if (!oper) status.check(() => 'making a constant of the captured step');
    return { oper, index: 0 };
  }

  /** The first output of an op without effects, whose types follow from its inputs; equal ones become one node. */
  op(name: string, inputs: readonly Input[], attrs: readonly Attr[] = [], what?: () => string): Output {
    const sources = inputs.map((input) => [input].flat().map(({ oper, index }) => `${oper}:${index}`));
    const options = attrs
      .filter(({ type }) => type !== AttrKind.TF_ATTR_TYPE)
      .map(({ value }) => String(value));
    const key = [name, ...sources, ...options].join(' ');
    let output = this.shared.get(key);
    if (!output)
      this.shared.set(key, (output = { oper: this.node(name, attrs, inputs, [], what), index: 0 }));
    return output;
  }

  ints(values: readonly number[], shape: readonly number[] = [values.length]): Output {
    return this.constant({
      shape: [...shape],
      dtype: DType.TF_INT32,
      handle: 0,
      data: Int32Array.from(values),
    });
  }

  private constant(record: TensorRecord): Output {
    const key = record.data && constantKey(record, record.data);
    const shared = key ? this.constants.get(key) : undefined;
    if (shared) return shared;
    const output = this.constantOf(this.binding.valueOf(record), record.dtype);
    if (key) this.constants.set(key, output);
    return output;
  }

  /** The output that stands for a tensor in this graph; a tensor from outside becomes a constant. */
  input(id: number): Output {
    return this.outputOf(this.binding.record(id));
  }

  private outputOf(record: TensorRecord): Output {
    if (record.node?.graph === this) return record.node.output;
    const variable = this.resolve(record);
    if (variable) return variable;
    const known = this.inputs.get(record);
    if (known) return known;
    if (record.node) throw new CannotCaptureError('uses a tensor of another captured step');
    const output = this.constant(record);
    this.inputs.set(record, output);
    return output;
  }

  /** Gives an output a number among the binding's tensors. @throws CannotCaptureError if its shape is not known */
  add(output: Output, name = 'op'): TensorMetadata {
    const { api, status } = this.binding;
    const rank = api.TF_GraphGetTensorNumDims(this.handle, output, status.handle);
    if (rank < 0) throw new CannotCaptureError(`uses ${name}, whose shape depends on values`);
    if (rank) api.TF_GraphGetTensorShape(this.handle, output, this.dims, rank, status.handle);
    const shape = Array.from({ length: rank }, (_, i) => Number(this.dims[i]));
    if (shape.some((size) => size < 0)) {
      throw new CannotCaptureError(`uses ${name}, whose shape depends on values`);
    }
    const dtype = api.TF_OperationOutputType(output);
    const id = this.binding.add({
      shape,
      dtype,
      handle: 0,
      data: null,
      node: { graph: this, output },
    });
    return { id, shape, dtype };
  }

  execute(name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number): TensorMetadata[] {
    const records = ids.map((id) => this.binding.record(id));
    const [first] = ids;
    if (first !== undefined && isIdentity({ name, attrs }, records)) return [this.add(this.input(first))];
    const call = rewrite({ name, attrs }, records, (record) => this.products.has(record));
    const better = this.algebra.better(call, records);
    if (better) return [this.addBetter(better, call.name)];
    const signature = opSignature(this.binding, this.handle, call.name);
    const inputs = groupInputs(
      signature,
      ids.map((id) => this.input(id)),
    );
    // TensorFlow derives list lengths from the inputs, and tfjs-node sets some attributes that ops no longer have.
    const used = call.attrs.filter(
      (attr) => signature.attrs.has(attr.name) && !signature.lengths.has(attr.name),
    );
    const what = () => this.binding.describeCall(name, ids);
    const fused = call.name === 'BiasAdd' ? this.fused(records, inputs) : undefined;
    if (fused) return [this.add(fused, call.name)];
    const shape = call.name === 'Reshape' ? reshaped(records) : undefined;
    const oper = shape
      ? this.op('Reshape', [inputs[0] as Output, this.ints(shape)], used, what).oper
      : this.node(call.name, used, inputs, [], what);
    const results = Array.from({ length: outputs }, (_, index) => this.add({ oper, index }, call.name));
    const made = results.map(({ id }) => this.binding.record(id));
    if (call.name === 'MatMul' && made[0]) this.products.set(made[0], { inputs, attrs: used });
    this.algebra.note(call, records, made);
    return results;
  }

  /** A product and the vector added to it as one op, as TensorFlow's own optimizer would put it. */
  private fused([product]: readonly TensorRecord[], [, bias]: readonly Input[]): Output | undefined {
    const parts = product && this.products.get(product);
    if (!parts || !bias || this.binding.isUsingGpuDevice()) return undefined;
    const fusedOps = stringAttr('fused_ops', ['BiasAdd']);
    const oper = this.node('_FusedMatMul', [...parts.attrs, fusedOps], [...parts.inputs, [bias].flat()]);
    return { oper, index: 0 };
  }

  private addBetter({ output, rows }: Better, name: string): TensorMetadata {
    const metadata = this.add(output, name);
    if (rows) this.algebra.noteBetter(this.binding.record(metadata.id), rows);
    return metadata;
  }

  reading(record: TensorRecord): void {
    if (record.node || this.resolve(record)) {
      throw new CannotCaptureError(`reads the values of ${describe(record.dtype, record.shape)}`);
    }
  }

  delete(): void {
    this.binding.api.TF_DeleteGraph(this.handle);
  }
}

/** The shape that a reshape gives, its -1 worked out so that equal reshapes are seen to be. */
function reshaped([x, shape]: readonly TensorRecord[]): number[] | undefined {
  if (!x || !(shape?.data instanceof Int32Array)) return undefined;
  const known = sizeOf([...shape.data].filter((size) => size >= 0));
  return [...shape.data].map((size) => (size < 0 && known > 0 ? sizeOf(x.shape) / known : size));
}

/** Equal small constants become one node; strings and big ones are left alone. */
function constantKey({ dtype, shape }: TensorRecord, data: Data): string | undefined {
  if (Array.isArray(data) || data.byteLength > SHARED_BYTES) return undefined;
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
  return `${dtype}|${shape.join()}|${bytes}`;
}

/** Kernels pass a flat list of inputs; an op may want some of them as one list. */
function groupInputs({ inputs }: OpSignature, flat: readonly Output[]): Input[] {
  const lists = inputs.filter((isList) => isList).length;
  if (lists === 0) return [...flat];
  const length = (flat.length - (inputs.length - lists)) / lists;
  let at = 0;
  return inputs.map((isList) => (isList ? flat.slice(at, (at += length)) : flat[at++]) as Input);
}
