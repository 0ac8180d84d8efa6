/** @file A finished graph as a function of TensorFlow's: registered once, called like an op, freed when dropped. */
import type { Binding, TensorMetadata } from './binding.js';
import type { Handle, Output } from './c-api.js';
import { type Graph, packOutputs } from './graph.js';
import { type Config, configProto } from './protobuf.js';
import { Status } from './status.js';

let count = 0;

/**
 * TensorFlow keeps a kernel for every function and every variable's name that it has met, some 10 KB for a training, and
 * lets go of all at once or of none. What is still in use makes its kernel anew at its next call, so: once in a while.
 */
const DROPPED_PER_SWEEP = 64;
let droppedSinceSweep = 0;
/** Calls under way, of any function; a sweep would take from under them what they hold. */
let callsUnderWay = 0;

/** What a graph computes: from its placeholders, its outputs, by way of operations with effects. */
export interface Body {
  readonly inputs: readonly Output[];
  readonly outputs: readonly Output[];
  readonly effects: readonly Handle[];
}

/** A call under way, with memory of its own so that several may be. */
interface Call {
  readonly op: Handle;
  readonly outputs: BigUint64Array;
  readonly count: Int32Array;
  readonly status: Status;
}

export class GraphFunction {
  private readonly name = `d2l_step_${process.pid}_${count++}`;
  private readonly handle: Handle;
  private readonly config: Uint8Array;
  private readonly outputCount: number;
  private running = 0;
  private dropped = false;

  /** Takes the graph over and deletes it. @throws TensorFlowError when the graph is no function */
  constructor(
    private readonly binding: Binding,
    graph: Graph,
    { inputs, outputs, effects }: Body,
    config: Config = {},
  ) {
    const { api, status, context } = binding;
    const operations = BigUint64Array.from(effects.length ? effects : [0], BigInt);
    this.outputCount = outputs.length;
    this.config = configProto(config);
    this.handle = api.TF_GraphToFunctionWithControlOutputs(
      ...([graph.handle, this.name, 0, -1, null] as const),
      ...([inputs.length, packOutputs(inputs), outputs.length, packOutputs(outputs), null] as const),
      ...([effects.length, operations, null, 0, null, status.handle] as const),
    );
    graph.delete();
    status.check(() => 'making a function of the captured step');
    api.TFE_ContextAddFunction(context, this.handle, status.handle);
    status.check(() => 'registering the captured step');
  }

  private begin(inputs: readonly Handle[]): Call {
    const { api, context, opDevice } = this.binding;
    const status = new Status(api);
    const op = api.TFE_NewOp(context, this.name, status.handle);
    if (opDevice) api.TFE_OpSetDevice(op, opDevice, status.handle);
    status.check(() => 'calling the captured step');
    api.TFE_OpSetAttrString(op, 'config_proto', this.config, this.config.length);
    for (const input of inputs) api.TFE_OpAddInput(op, input, status.handle);
    this.running++;
    callsUnderWay++;
    const outputs = new BigUint64Array(Math.max(1, this.outputCount));
    return { op, outputs, count: Int32Array.of(this.outputCount), status };
  }

  private finish({ op, outputs, status }: Call): TensorMetadata[] {
    this.binding.api.TFE_DeleteOp(op);
    try {
      status.check(() => 'running the captured step');
      return Array.from(outputs.subarray(0, this.outputCount), (handle) =>
        this.binding.adopt(Number(handle)),
      );
    } finally {
      status.delete();
      this.running--;
      callsUnderWay--;
      if (this.dropped) this.delete();
    }
  }

  /** Runs on this thread. @throws TensorFlowError when an op fails */
  run(inputs: readonly Handle[]): TensorMetadata[] {
    const call = this.begin(inputs);
    this.binding.api.TFE_Execute(call.op, call.outputs, call.count, call.status.handle);
    return this.finish(call);
  }

  /** Runs on another thread while the event loop turns. Rejects with TensorFlowError when an op fails. */
  runAsync(inputs: readonly Handle[]): Promise<TensorMetadata[]> {
    const call = this.begin(inputs);
    return new Promise((resolve, reject) => {
      this.binding.api.TFE_Execute.async(call.op, call.outputs, call.count, call.status.handle, (error) => {
        try {
          const results = this.finish(call);
          if (error) reject(error);
          else resolve(results);
        } catch (failure) {
          reject(failure as Error);
        }
      });
    });
  }

  /** Frees the function, at the end of a call under way. */
  delete(): void {
    this.dropped = true;
    if (this.running > 0) return;
    const { api, context, status } = this.binding;
    api.TFE_ContextRemoveFunction(context, this.name, status.handle);
    api.TF_DeleteFunction(this.handle);
    if (++droppedSinceSweep < DROPPED_PER_SWEEP || callsUnderWay > 0) return;
    droppedSinceSweep = 0;
    api.TFE_ContextClearCaches(context);
  }
}
