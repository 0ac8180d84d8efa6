/** @file The wasm backend, with kernels in place of those in which a training step would spend four fifths of its time. */
import { tf } from './tf.js';

/** The parts of the package's backend that kernels use. */
interface WasmBackend extends tf.KernelBackend {
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  /** A view of a tensor's numbers, void after the next `makeOutput`. */
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

/** A kernel as tfjs calls it. */
interface Call<Inputs, Attrs> {
  readonly inputs: Inputs;
  readonly backend: WasmBackend;
  readonly attrs: Attrs;
}
type Kernel<Inputs, Attrs, Output = tf.TensorInfo> = (call: Call<Inputs, Attrs>) => Output;

/** Puts a kernel in the place of the package's, which it is given for what it does not do itself. */
function replace<Inputs, Attrs, Output = tf.TensorInfo>(
  kernelName: string,
  make: (original: Kernel<Inputs, Attrs, Output>) => Kernel<Inputs, Attrs, Output>,
): void {
  const original = tf.getKernel(kernelName, 'wasm').kernelFunc;
  const kernelFunc = make(original as unknown as Kernel<Inputs, Attrs, Output>) as unknown as tf.KernelFunc;
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc });
}

type Product = Kernel<{ a: tf.TensorInfo; b: tf.TensorInfo }, { transposeA: boolean; transposeB: boolean }>;

/**
 * The package's product of two matrices is XNNPACK's, unless one is to be read transposed: then it is three loops
 * without SIMD, and a gradient consists of such products. Transposing first costs a tenth of that.
 */
function product(multiply: Product): Product {
  type Transpose = Kernel<{ x: tf.TensorInfo }, { perm: number[] }>;
  const transpose = tf.getKernel(tf.Transpose, 'wasm').kernelFunc as unknown as Transpose;
  return ({ inputs, backend, attrs }) => {
    const made: tf.TensorInfo[] = [];
    const turned = (x: tf.TensorInfo, turn: boolean): tf.TensorInfo => {
      if (!turn) return x;
      const axes = x.shape.map((_, i) => i);
      const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
      const y = transpose({ inputs: { x }, backend, attrs: { perm } });
      made.push(y);
      return y;
    };
    const operands = { a: turned(inputs.a, attrs.transposeA), b: turned(inputs.b, attrs.transposeB) };
    const result = multiply({ inputs: operands, backend, attrs: { transposeA: false, transposeB: false } });
    for (const { dataId } of made) backend.disposeData(dataId);
    return result;
  };
}

/** Consecutive numbers of a tensor under another shape. */
function stretch(backend: WasmBackend, x: tf.TensorInfo, start: number, shape: number[]): tf.TensorInfo {
  const part = backend.makeOutput(shape, x.dtype);
  const to = backend.typedArrayFromHeap(part);
  to.set(backend.typedArrayFromHeap(x).subarray(start, start + to.length));
  return part;
}

type Unpack = Kernel<{ value: tf.TensorInfo }, { axis: number }, tf.TensorInfo[]>;

/** The package copies the whole tensor out of wasm's memory for each part, even when it cuts along the first axis. */
const unpack =
  (original: Unpack): Unpack =>
  (call) => {
    const { value } = call.inputs;
    const [count = 0, ...shape] = value.shape;
    if (call.attrs.axis !== 0 || value.dtype === 'string') return original(call);
    const size = shape.reduce((a, b) => a * b, 1);
    return Array.from({ length: count }, (_, i) => stretch(call.backend, value, i * size, shape));
  };

type Split = Kernel<
  { x: tf.TensorInfo },
  { numOrSizeSplits: number[] | number; axis: number },
  tf.TensorInfo[]
>;

/** As `unpack`, for parts that keep the first axis. */
const split =
  (original: Split): Split =>
  (call) => {
    const { x } = call.inputs;
    const { numOrSizeSplits, axis } = call.attrs;
    const [rows = 0, ...rest] = x.shape;
    const even = typeof numOrSizeSplits === 'number';
    if (axis !== 0 || x.dtype === 'string' || (!even && numOrSizeSplits.includes(-1))) return original(call);
    const lengths = even
      ? Array.from({ length: numOrSizeSplits }, () => rows / numOrSizeSplits)
      : numOrSizeSplits;
    const size = rest.reduce((a, b) => a * b, 1);
    let at = 0;
    return lengths.map((length) => {
      const part = stretch(call.backend, x, at, [length, ...rest]);
      at += length * size;
      return part;
    });
  };

type Sum = Kernel<{ x: tf.TensorInfo }, { axis: number | number[]; keepDims: boolean }>;

/** A sum of rows, the gradient of each bias, as a product with ones: the package transposes and adds without SIMD. */
const sum =
  (original: Sum): Sum =>
  (call) => {
    const { inputs, backend, attrs } = call;
    const { x } = inputs;
    const axes = [attrs.axis].flat();
    if (x.shape.length !== 2 || x.dtype !== 'float32' || axes.length !== 1 || axes[0] !== 0)
      return original(call);
    const [rows = 0, columns = 0] = x.shape;
    const ones = backend.makeOutput([1, rows], 'float32');
    backend.typedArrayFromHeap(ones).fill(1);
    const multiply = tf.getKernel(tf.BatchMatMul, 'wasm').kernelFunc as unknown as Product;
    const plain = { transposeA: false, transposeB: false };
    const total = multiply({ inputs: { a: ones, b: x }, backend, attrs: plain });
    backend.disposeData(ones.dataId);
    return attrs.keepDims ? total : { ...total, shape: [columns] };
  };

type Identity = Kernel<{ x: tf.TensorInfo }, object>;

/** A clone shares its numbers, as a reshaped tensor does; the package copies them, 1,500 times in a step of an LSTM. */
const identity =
  (original: Identity): Identity =>
  (call) => {
    const { dataId, shape, dtype } = call.inputs.x;
    if (dtype === 'string') return original(call);
    call.backend.incRef(dataId);
    return { dataId, shape, dtype };
  };

/** Starts wasm as the backend that computes. @throws when it does not start */
export async function startWasm(): Promise<void> {
  await import('@tensorflow/tfjs-backend-wasm');
  if (!(await tf.setBackend('wasm'))) throw new Error('it would not start');
  replace(tf.BatchMatMul, product);
  replace(tf.Unpack, unpack);
  replace(tf.SplitV, split);
  replace(tf.Sum, sum);
  replace(tf.Identity, identity);
}
