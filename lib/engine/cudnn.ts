/**
 * @file Recurrent layers as one op on a GPU: `CudnnRNNV3` and its derivative, as nodes of a captured step. cuDNN's
 * gates are PyTorch's, in PyTorch's order: i, f, g, o for an LSTM, r, z, n for a GRU, which resets after the product.
 */
import { currentTrace } from './capture.js';
import type { TensorRecord } from './binding.js';
import type { Handle, Output } from './c-api.js';
import { type Attr, boolAttr, stringAttr } from './dtypes.js';
import { type NodeBackend, nodeBackend } from './kernels.js';
import { tf } from './tf.js';

/** What a cell computes, by cuDNN's name. */
export type CudnnMode = 'rnn_tanh' | 'gru' | 'lstm';

/** The parameters of one direction of one layer, gates stacked along the rows. */
export interface DirectionWeights {
  readonly weightIh: tf.Tensor;
  readonly weightHh: tf.Tensor;
  readonly biasIh: tf.Tensor;
  readonly biasHh: tf.Tensor;
}

/**
 * The vector that cuDNN takes the parameters of a layer from: the matrices of each direction, of the input before those
 * of the state, row by row, gate by gate; then the biases in the same order. Derivatives take the way back.
 */
export function packWeights(directions: readonly DirectionWeights[]): tf.Tensor1D {
  const matrices = directions.flatMap(({ weightIh, weightHh }) => [weightIh, weightHh]);
  const biases = directions.flatMap(({ biasIh, biasHh }) => [biasIh, biasHh]);
  return tf.concat([...matrices, ...biases].map((part) => tf.reshape(part, [-1]) as tf.Tensor1D));
}

/** A layer's inputs: x (T, B, F), h and c (directions, B, H), and its packed parameters. */
interface Inputs extends tf.NamedTensorMap {
  x: tf.Tensor;
  h: tf.Tensor;
  /** A scalar where the cell has no c. */
  c: tf.Tensor;
  params: tf.Tensor;
}

const KERNEL = 'CudnnRNNV3';

/** What the op wrote for its derivative only, by its first output. */
const reserves = new WeakMap<TensorRecord, readonly Output[]>();

function captured(): { backend: NodeBackend; graph: NonNullable<ReturnType<typeof currentTrace>>['graph'] } {
  const [backend, trace] = [nodeBackend(), currentTrace()];
  if (!backend || !trace) throw new Error('internal: cuDNN layers run in captured steps only');
  return { backend, graph: trace.graph };
}

/** The graph's outputs of tensors. */
const outputsOf = (tensors: readonly tf.TensorInfo[]): Output[] => {
  const { backend, graph } = captured();
  return backend.getInputTensorIds(tensors).map((id) => graph.input(id));
};

/** Every sequence of the batch has all steps. */
function lengths(x: tf.TensorInfo): Output {
  const [steps = 0, batch = 0] = x.shape;
  return captured().graph.ints(Array<number>(batch).fill(steps));
}

const attributes = (mode: string, bidirectional: boolean): Attr[] => [
  stringAttr('rnn_mode', mode),
  stringAttr('direction', bidirectional ? 'bidirectional' : 'unidirectional'),
];

interface Attrs {
  readonly mode: CudnnMode;
}

function run({ x, h, c, params }: Inputs, { mode }: Attrs): tf.Tensor[] {
  const { backend, graph } = captured();
  const training = boolAttr('is_training', tf.engine().state.gradientDepth > 0);
  const attrs = [...attributes(mode, h.shape[0] === 2), training];
  const oper = graph.node(KERNEL, attrs, [...outputsOf([x, h, c, params]), lengths(x)]);
  const made = [0, 1, 2].map((index) => graph.add({ oper, index }, KERNEL));
  const [first] = made;
  if (first) reserves.set(backend.binding.record(first.id), [3, 4].map((index) => ({ oper, index }))); // prettier-ignore
  return made.map((metadata) => backend.createOutputTensor(metadata));
}

/** The node of the derivative. */
function derivative(slopes: readonly tf.Tensor[], saved: readonly tf.Tensor[], { mode }: Attrs): Handle {
  const { backend, graph } = captured();
  const [x, h, c, params, output, ...states] = saved as [
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
    tf.Tensor,
  ];
  const [id = -1] = backend.getInputTensorIds([output]);
  const reserve = reserves.get(backend.binding.record(id));
  if (!reserve) throw new Error('internal: a derivative of a cuDNN layer that did not run in this step');
  return graph.node('CudnnRNNBackpropV3', attributes(mode, h.shape[0] === 2), [
    ...outputsOf([x, h, c, params]),
    lengths(x),
    ...outputsOf([output, ...states, ...slopes]),
    ...reserve,
  ]);
}

/** Registers the op with tfjs as a kernel with a derivative. */
function register(): void {
  if (tf.getKernel(KERNEL, 'tensorflow')) return;
  type Call = { inputs: Inputs; attrs: Attrs };
  const kernel = ({ inputs, attrs }: Call): tf.TensorInfo[] => run(inputs, attrs);
  const kernelFunc = kernel as unknown as tf.KernelFunc;
  tf.registerKernel({ kernelName: KERNEL, backendName: 'tensorflow', kernelFunc });
  tf.registerGradient({
    kernelName: KERNEL,
    inputsToSave: ['x', 'h', 'c', 'params'],
    outputsToSave: [true, true, true],
    gradFunc: (slopes, saved, attrs) => {
      let oper: Handle | undefined;
      const part = (index: number) => (): tf.Tensor => {
        oper ??= derivative(slopes as tf.Tensor[], saved, attrs as unknown as Attrs);
        const { backend, graph } = captured();
        return backend.createOutputTensor(graph.add({ oper, index }));
      };
      return { x: part(0), h: part(1), c: part(2), params: part(3) };
    },
  });
}

/**
 * One layer over a whole sequence, in one direction or both; only while a step is captured.
 *
 * @returns outputs `(T, B, H · directions)` and the last h and c, each `(directions, B, H)`.
 */
export function cudnnLayer(
  mode: CudnnMode,
  inputs: Inputs,
): [outputs: tf.Tensor3D, h: tf.Tensor, c: tf.Tensor] {
  register();
  const attrs = { mode } as unknown as tf.NamedAttrMap;
  return tf.engine().runKernel<tf.Tensor[]>(KERNEL, inputs, attrs) as [tf.Tensor3D, tf.Tensor, tf.Tensor];
}

let distrusted = false;

/** Lets layers run step by step on the GPU too, from now on, and says why. */
export function distrustCudnn(reason: string): void {
  distrusted = true;
  console.warn(`recurrent layers run step by step on the GPU, several times slower: ${reason}`);
}

/** Whether a layer may be one op here: the step under capture runs on a GPU. */
export function cudnnCanRun(): boolean {
  const binding = nodeBackend()?.binding;
  if (distrusted || !binding || currentTrace() === undefined) return false;
  return binding.isUsingGpuDevice() && binding.opDevice === '';
}
