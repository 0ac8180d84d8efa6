/** @file tfjs-node's backend class and kernels, given our binding, with the two kernels mended that need it. */
import type { Binding, TensorMetadata } from './binding.js';
import type { Attr } from './dtypes.js';
import { tf } from './tf.js';
import { forgetUmbrella, requireNodeKernels } from './umbrella.js';

/** What tfjs-node keeps for each tensor's data: a number in our binding, or values not yet given to it. */
export interface TensorInfo {
  readonly shape: number[];
  readonly dtype: number;
  id: number;
  values: tf.backend_util.BackendValues | null;
}

/** The parts of tfjs-node's `NodeJSKernelBackend` that we use. */
export interface NodeBackend extends tf.KernelBackend {
  readonly binding: Binding;
  readonly tensorMap: tf.DataStorage<TensorInfo>;
  /** Binding numbers of tensors; uploads those whose values still wait in JavaScript. */
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  /** The tfjs tensor of an output. */
  createOutputTensor(metadata: TensorMetadata): tf.Tensor;
  executeSingleOutput(name: string, attrs: readonly Attr[], inputs: readonly tf.TensorInfo[]): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attrs: readonly Attr[],
    inputs: readonly tf.TensorInfo[],
    outputs: number,
  ): tf.Tensor[];
}

/** The parts of tfjs-node's module of the backend that we use. */
export interface NodeModule {
  readonly NodeJSKernelBackend: new (binding: Binding, packageName: string) => NodeBackend;
  readonly createTensorsTypeOpAttr: (
    name: string,
    dtypeOrTensors: tf.DataType | tf.Tensor | tf.Tensor[],
  ) => Attr;
}

/** A kernel as tfjs calls it, with its inputs and attributes named. */
interface Call<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly backend: NodeBackend;
  readonly attrs: Attrs;
}

function replaceKernel<Inputs, Attrs>(
  kernelName: string,
  kernel: (call: Call<Inputs, Attrs>) => tf.TensorInfo,
): void {
  tf.unregisterKernel(kernelName, 'tensorflow');
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: kernel as unknown as tf.KernelFunc,
  });
}

/** tfjs-node's gather reads its indices to check them, which a captured step cannot; TensorFlow checks them itself. */
function replaceGather({ createTensorsTypeOpAttr: type }: NodeModule): void {
  type Inputs = { x: tf.TensorInfo; indices: tf.TensorInfo };
  replaceKernel<Inputs, { axis: number; batchDims: number }>(tf.GatherV2, ({ inputs, backend, attrs }) => {
    const { x, indices } = inputs;
    const axis = tf.scalar(attrs.axis, 'int32');
    const opAttrs = [
      { name: 'batch_dims', type: backend.binding.TF_ATTR_INT, value: attrs.batchDims },
      type('Tparams', x.dtype),
      type('Tindices', indices.dtype),
      type('Taxis', 'int32'),
    ];
    const result = backend.executeSingleOutput('GatherV2', opAttrs, [x, indices, axis]);
    axis.dispose();
    return result;
  });
}

/** TensorFlow 2.20 and later return zeros for the round of an int32, which is the int32 itself. */
function replaceRound({ createTensorsTypeOpAttr: type }: NodeModule): void {
  replaceKernel<{ x: tf.TensorInfo }, object>(tf.Round, ({ inputs: { x }, backend }) =>
    backend.executeSingleOutput(x.dtype === 'int32' ? 'Identity' : 'Round', [type('T', x.dtype)], [x]),
  );
}

let current: NodeBackend | undefined;

/** The backend on TensorFlow, once it is registered. */
export const nodeBackend = (): NodeBackend | undefined => current;

/** Loads tfjs-node's kernels: slow enough to be done while TensorFlow's library is still being loaded. */
export function loadKernels(): NodeModule {
  const node = requireNodeKernels() as NodeModule;
  forgetUmbrella();
  return node;
}

/** Registers `tensorflow` with tfjs, its kernels and its priority above the others. */
export function registerTensorFlow(node: NodeModule, binding: Binding): NodeBackend {
  const backend = new node.NodeJSKernelBackend(binding, '@tensorflow/tfjs-node');
  current = backend;
  tf.registerBackend('tensorflow', () => backend, 3);
  replaceGather(node);
  replaceRound(node);
  return backend;
}
