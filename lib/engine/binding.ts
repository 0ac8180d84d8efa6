/**
 * @file The `binding` object that tfjs-node's kernels talk to, over TensorFlow's C API: tensors by number, and
 * `executeOp`, which runs an op at once or, while a step is captured, hands it to the graph under construction.
 */
import { setAttribute } from './attributes.js';
import { type CApi, type Handle, type Output, openCApi } from './c-api.js';
import { type Attr, AttrKind, type Data, DType, describe } from './dtypes.js';
import { type Config, configProto } from './protobuf.js';
import { Status } from './status.js';
import { takeTensor, toTensor } from './tensors.js';

/** What a kernel learns about an output. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** Where a tensor's values are: at most one of a handle, values still in JavaScript, a graph's node, a variable. */
export interface TensorRecord {
  readonly shape: number[];
  readonly dtype: number;
  handle: Handle;
  data: Data | null;
  node?: { readonly graph: Recorder; readonly output: Output };
  /** A variable that captured steps update in place: each use reads it anew. */
  variable?: { readonly resource: unknown; read(): Handle; release(): void } | undefined;
}

/** Takes ops instead of running them: a graph under construction. */
export interface Recorder {
  execute(name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number): TensorMetadata[];
  /** Called before values are read; throws if they cannot be known while capturing. */
  reading(record: TensorRecord): void;
}

/** One device that TensorFlow lists. */
export interface NativeDevice {
  readonly name: string;
  readonly type: string;
  readonly memoryBytes: number;
}

const SILENT_COPIES = 2;

/** The C library with one eager context: what `NodeJSKernelBackend` is constructed with. */
export class Binding {
  // Kernels look all of TensorFlow's constants up here; these are the two that ours use.
  declare readonly TF_ATTR_INT: number;
  declare readonly TF_ATTR_TYPE: number;
  readonly api: CApi;
  readonly status: Status;
  readonly devices: readonly NativeDevice[];
  /** Set while a step is captured. */
  recorder: Recorder | null = null;
  /** Where ops are asked to run; empty: where TensorFlow puts them. */
  opDevice = '';
  readonly context: Handle;
  private readonly records = new Map<number, TensorRecord>();
  private nextId = 0;
  /** Where TensorFlow writes an op's outputs; it grows, for TensorFlow would write past its end. */
  private outputs = new BigUint64Array(64);
  private readonly outputCount = new Int32Array(1);

  /** @throws the loader's or TensorFlow's own reason when the library cannot be used */
  constructor(path: string, config: Config = {}) {
    this.api = openCApi(path);
    this.status = new Status(this.api);
    Object.assign(this, DType, AttrKind, { TF_Version: this.api.TF_Version() });
    this.context = this.newContext(config);
    this.devices = this.listDevices();
  }

  get version(): string {
    return this.api.TF_Version();
  }

  private newContext(config: Config): Handle {
    const { api, status } = this;
    const options = api.TFE_NewContextOptions();
    try {
      const bytes = configProto(config);
      api.TFE_ContextOptionsSetConfig(options, bytes, bytes.length, status.handle);
      status.check(() => 'TensorFlow refuses its configuration');
      api.TFE_ContextOptionsSetDevicePlacementPolicy(options, SILENT_COPIES);
      const context = api.TFE_NewContext(options, status.handle);
      status.check(() => 'TensorFlow cannot start');
      return context;
    } finally {
      api.TFE_DeleteContextOptions(options);
    }
  }

  private listDevices(): NativeDevice[] {
    const { api, status } = this;
    const list = api.TFE_ContextListDevices(this.context, status.handle);
    status.check(() => 'TensorFlow cannot list its devices');
    try {
      return Array.from({ length: api.TF_DeviceListCount(list) }, (_, i) => ({
        name: api.TF_DeviceListName(list, i, status.handle),
        type: api.TF_DeviceListType(list, i, status.handle),
        memoryBytes: api.TF_DeviceListMemoryBytes(list, i, status.handle),
      }));
    } finally {
      api.TF_DeleteDeviceList(list);
    }
  }

  /** The first GPU, where tensors live if there is one. */
  private get gpu(): NativeDevice | undefined {
    return this.devices.find((device) => device.type === 'GPU');
  }

  isUsingGpuDevice(): boolean {
    return this.gpu !== undefined;
  }

  /** How many tensors are held: the figure that leak tests watch. */
  getNumOfTensors(): number {
    return this.records.size;
  }

  /** The record behind a number. @throws when it was deleted */
  record(id: number): TensorRecord {
    const record = this.records.get(id);
    if (!record) throw new Error(`internal: tensor ${id} was deleted or never made`);
    return record;
  }

  /** Gives a record a number. */
  add(record: TensorRecord): number {
    this.records.set(this.nextId, record);
    return this.nextId++;
  }

  createTensor(shape: number[], dtype: number, data: Data): number {
    const record: TensorRecord = { shape, dtype, handle: 0, data };
    if (!this.recorder) this.handleOf(record);
    return this.add(record);
  }

  deleteTensor(id: number): void {
    const record = this.record(id);
    this.records.delete(id);
    if (record.handle) this.api.TFE_DeleteTensorHandle(record.handle);
    record.variable?.release();
  }

  /** Another handle on the values of a record, the caller's to delete. */
  share(record: TensorRecord): Handle {
    if (record.variable) return record.variable.read();
    const handle = this.api.TFE_TensorHandleCopySharingTensor(this.handleOf(record), this.status.handle);
    this.status.check(() => `sharing ${describe(record.dtype, record.shape)}`);
    return handle;
  }

  /** Forgets a number and gives its handle to the caller to delete. */
  surrender(id: number): Handle {
    const { handle } = this.record(id);
    this.records.delete(id);
    return handle;
  }

  /** Runs ops at once even while a step is captured. */
  eagerly<T>(task: () => T): T {
    const { recorder } = this;
    this.recorder = null;
    try {
      return task();
    } finally {
      this.recorder = recorder;
    }
  }

  tensorDataSync(id: number): Data {
    const record = this.record(id);
    this.recorder?.reading(record);
    return record.data ?? takeTensor(this.api, this.valueOf(record));
  }

  /** A new `TF_Tensor` with a record's values, the caller's to delete. */
  valueOf(record: TensorRecord): Handle {
    if (record.data) return toTensor(this.api, record.dtype, record.shape, record.data);
    const handle = record.variable ? record.variable.read() : record.handle;
    if (!handle) {
      throw new Error(
        `${describe(record.dtype, record.shape)} exists only inside the step it was captured in`,
      );
    }
    const tensor = this.api.TFE_TensorHandleResolve(handle, this.status.handle);
    if (record.variable) this.api.TFE_DeleteTensorHandle(handle);
    this.status.check(() => `reading ${describe(record.dtype, record.shape)}`);
    return tensor;
  }

  /** The eager handle of a record, made at its first use; a variable's is read anew and the caller's to delete. */
  handleOf(record: TensorRecord): Handle {
    if (record.handle) return record.handle;
    if (record.variable) return record.variable.read();
    const { api, status } = this;
    const tensor = this.valueOf(record);
    let handle = api.TFE_NewTensorHandle(tensor, status.handle);
    api.TF_DeleteTensor(tensor);
    status.check(() => `making ${describe(record.dtype, record.shape)}`);
    const onHost = record.dtype === DType.TF_INT32 || record.dtype === DType.TF_STRING;
    if (this.gpu && !onHost && !this.opDevice) {
      const copy = api.TFE_TensorHandleCopyToDevice(handle, this.context, this.gpu.name, status.handle);
      api.TFE_DeleteTensorHandle(handle);
      status.check(() => `copying ${describe(record.dtype, record.shape)} to ${this.gpu?.name}`);
      handle = copy;
    }
    record.handle = handle;
    record.data = null;
    return handle;
  }

  executeOp(name: string, attrs: readonly Attr[], ids: readonly number[], outputs: number): TensorMetadata[] {
    if (this.recorder) return this.recorder.execute(name, attrs, ids, outputs);
    const { api, status } = this;
    const op = api.TFE_NewOp(this.context, name, status.handle);
    if (!op) status.check(() => `TensorFlow ${this.version} has no op ${name}`);
    const borrowed: Handle[] = [];
    try {
      if (this.opDevice) api.TFE_OpSetDevice(op, this.opDevice, status.handle);
      for (const id of ids) {
        const record = this.record(id);
        const handle = this.handleOf(record);
        if (record.variable) borrowed.push(handle);
        api.TFE_OpAddInput(op, handle, status.handle);
      }
      for (const attr of attrs) setAttribute(api, 'TFE_Op', op, attr, status.handle);
      if (outputs > this.outputs.length) this.outputs = new BigUint64Array(outputs);
      this.outputCount[0] = outputs;
      api.TFE_Execute(op, this.outputs, this.outputCount, status.handle);
      if (status.failed) status.check(() => this.describeCall(name, ids));
    } finally {
      api.TFE_DeleteOp(op);
      for (const handle of borrowed) api.TFE_DeleteTensorHandle(handle);
    }
    return Array.from({ length: this.outputCount[0] ?? 0 }, (_, i) => this.adopt(Number(this.outputs[i])));
  }

  /** `MatMul of float32[2,3], float32[2,3]`: the start of an op's error. */
  describeCall(name: string, ids: readonly number[]): string {
    const inputs = ids.map((id) => this.record(id)).map(({ dtype, shape }) => describe(dtype, shape));
    return inputs.length ? `${name} of ${inputs.join(', ')}` : name;
  }

  /** Takes a handle over and gives it a number. */
  adopt(handle: Handle): TensorMetadata {
    const { api, status } = this;
    const rank = api.TFE_TensorHandleNumDims(handle, status.handle);
    const shape: number[] = [];
    for (let i = 0; i < rank; i++) shape.push(api.TFE_TensorHandleDim(handle, i, status.handle));
    const dtype = api.TFE_TensorHandleDataType(handle);
    return { id: this.add({ shape, dtype, handle, data: null }), shape, dtype };
  }

  /** Frees the context and every tensor: for a thread that ends while the process lives on. */
  dispose(): void {
    for (const { handle } of this.records.values()) if (handle) this.api.TFE_DeleteTensorHandle(handle);
    this.records.clear();
    this.api.TFE_DeleteContext(this.context);
    this.status.delete();
  }
}
