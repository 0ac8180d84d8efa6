/** @file Kernels of the wasm backend in place of those in which a training step would spend nine tenths of its time. */
import { sizeOf } from './dtypes.js';
import { tf } from './tf.js';
import { compileRoutines, type Routines } from './wasm-routines.js';

/** The parts of the package's backend that kernels use. */
interface WasmBackend extends tf.KernelBackend {
  readonly wasm: { readonly asm: { readonly memory: object } };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
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
type Unary = Kernel<{ x: tf.TensorInfo }, object>;

/** Puts a kernel in the place of the package's, which it is given for what it does not do itself. */
function replace<Inputs, Attrs, Output = tf.TensorInfo>(
  kernelName: string,
  make: (original: Kernel<Inputs, Attrs, Output>) => Kernel<Inputs, Attrs, Output>,
): void {
  const config = tf.getKernel(kernelName, 'wasm');
  const original = config.kernelFunc as unknown as Kernel<Inputs, Attrs, Output>;
  const kernelFunc = make(original) as unknown as tf.KernelFunc;
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...config, kernelFunc }); // with its set-up, for a backend that is started anew
}

/** The lanes of a vector. */
const LANES = 4;
const addressOf = (backend: WasmBackend, { dataId }: tf.TensorInfo): number =>
  backend.dataIdMap.get(dataId).memoryOffset;

const compiled = new WeakMap<object, Routines>();

/** The routines over the memory of a backend, which may be started anew. @throws where the machine has no SIMD */
function routinesOf({ wasm }: WasmBackend): Routines {
  const { memory } = wasm.asm;
  let routines = compiled.get(memory);
  if (!routines) compiled.set(memory, (routines = compileRoutines(memory)));
  return routines;
}

/** A function of each number: whole vectors by the routine, what is left by JavaScript. */
const each =
  (routine: 'exp' | 'tanh', one: (x: number) => number) =>
  (original: Unary): Unary =>
  (call) => {
    const { x } = call.inputs;
    const { backend } = call;
    if (x.dtype !== 'float32') return original(call);
    const output = backend.makeOutput(x.shape, 'float32');
    const size = sizeOf(x.shape);
    const whole = size - (size % LANES);
    if (whole) routinesOf(backend)[routine](addressOf(backend, x), addressOf(backend, output), whole);
    if (whole === size) return output;
    const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(output)];
    for (let i = whole; i < size; i++) to[i] = one(from[i] ?? NaN);
    return output;
  };

/** Where the 1 stands in each of the rows of one-hot vectors, by the data that tensors share. */
const places = new WeakMap<object, Int32Array>();

type OneHot = Kernel<{ indices: tf.TensorInfo }, { onValue: number; offValue: number }>;

/** Remembers where the 1s are. */
const oneHot =
  (original: OneHot): OneHot =>
  (call) => {
    const output = original(call);
    const { onValue, offValue } = call.attrs;
    const indices = call.backend.typedArrayFromHeap(call.inputs.indices);
    if (onValue === 1 && offValue === 0) places.set(output.dataId, Int32Array.from(indices));
    return output;
  };

/** One-hot vectors of another type are such still. */
const cast =
  (original: Unary): Unary =>
  (call) => {
    const output = original(call);
    const known = places.get(call.inputs.x.dataId);
    if (known) places.set(output.dataId, known);
    return output;
  };

/** The places of a matrix of one-hot vectors. */
function placesOf({ dataId, shape }: tf.TensorInfo): Int32Array | undefined {
  const known = shape.length === 2 ? places.get(dataId) : undefined;
  return known?.length === shape[0] ? known : undefined;
}

type Product = Kernel<{ a: tf.TensorInfo; b: tf.TensorInfo }, { transposeA: boolean; transposeB: boolean }>;
type Transpose = Kernel<{ x: tf.TensorInfo }, { perm: number[] }>;

/** A matrix, or each of several, transposed. */
function transposed(backend: WasmBackend, x: tf.TensorInfo): tf.TensorInfo {
  const [rows = 0, columns = 0] = x.shape;
  if (x.shape.length === 2 && rows % LANES === 0 && columns % LANES === 0 && rows * columns > 0) {
    const output = backend.makeOutput([columns, rows], 'float32');
    routinesOf(backend).transpose(addressOf(backend, x), addressOf(backend, output), rows, columns);
    return output;
  }
  const kernel = tf.getKernel(tf.Transpose, 'wasm').kernelFunc as unknown as Transpose;
  const axes = x.shape.map((_, i) => i);
  const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
  return kernel({ inputs: { x }, backend, attrs: { perm } });
}

/** `onehot · matrix` picks the matrix's rows; `onehotᵀ · matrix` adds them up by place. */
function byPlace(
  backend: WasmBackend,
  { at, depth, turned }: { at: Int32Array; depth: number; turned: boolean },
  matrix: tf.TensorInfo,
): tf.TensorInfo {
  const columns = matrix.shape[1] ?? 0;
  const where = backend.makeOutput([at.length], 'int32');
  backend.typedArrayFromHeap(where).set(at);
  const output = backend.makeOutput([turned ? depth : at.length, columns], 'float32');
  backend.typedArrayFromHeap(output).fill(0);
  const [places, from, to] = [where, matrix, output].map((x) => addressOf(backend, x)) as [
    number,
    number,
    number,
  ];
  const routines = routinesOf(backend);
  if (turned) routines.addRows(places, to, from, at.length, depth, columns);
  else routines.pickRows(places, from, to, at.length, depth, columns);
  backend.disposeData(where.dataId);
  return output;
}

/**
 * The package's product of two matrices is XNNPACK's, unless one is to be read transposed: then it is three loops
 * without SIMD, and a gradient consists of such products. Transposing first costs a tenth of that.
 */
const product =
  (multiply: Product): Product =>
  ({ inputs: { a, b }, backend, attrs }) => {
    const made: tf.TensorInfo[] = [];
    const turned = (x: tf.TensorInfo, turn: boolean): tf.TensorInfo => {
      if (!turn) return x;
      const y = transposed(backend, x);
      made.push(y);
      return y;
    };
    const right = turned(b, attrs.transposeB);
    const [inner, depth] = [a.shape[attrs.transposeA ? 0 : 1], a.shape[1] ?? 0];
    const at = right.shape.length === 2 && right.shape[0] === inner ? placesOf(a) : undefined;
    const plain = { transposeA: false, transposeB: false };
    const vectors = at && at.length > 0 && (right.shape[1] ?? 0) > 0 && (right.shape[1] ?? 0) % LANES === 0;
    const result = vectors
      ? byPlace(backend, { at, depth, turned: attrs.transposeA }, right)
      : multiply({ inputs: { a: turned(a, attrs.transposeA), b: right }, backend, attrs: plain });
    for (const { dataId } of made) backend.disposeData(dataId);
    return result;
  };

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
    const size = sizeOf(shape);
    const known = places.get(value.dataId);
    const rows = (known?.length ?? 0) / count;
    return Array.from({ length: count }, (_, i) => {
      const part = stretch(call.backend, value, i * size, shape);
      if (known && Number.isInteger(rows)) places.set(part.dataId, known.subarray(i * rows, (i + 1) * rows));
      return part;
    });
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
    const size = sizeOf(rest);
    let at = 0;
    return lengths.map((length) => {
      const part = stretch(call.backend, x, at, [length, ...rest]);
      at += length * size;
      return part;
    });
  };

type Sum = Kernel<{ x: tf.TensorInfo }, { axis: number | number[]; keepDims: boolean }>;

/** A sum of rows, the gradient of each bias: the package transposes and adds without SIMD. */
const sum =
  (original: Sum): Sum =>
  (call) => {
    const { backend, attrs } = call;
    const { x } = call.inputs;
    const [rows = 0, columns = 0] = x.shape;
    const axes = [attrs.axis].flat();
    const first = x.shape.length === 2 && axes.length === 1 && axes[0] === 0;
    if (!first || x.dtype !== 'float32' || columns % LANES !== 0 || columns === 0) return original(call);
    const total = backend.makeOutput(attrs.keepDims ? [1, columns] : [columns], 'float32');
    if (rows === 0) backend.typedArrayFromHeap(total).fill(0);
    else routinesOf(backend).sumRows(addressOf(backend, x), addressOf(backend, total), rows, columns);
    return total;
  };

/** A clone shares its numbers, as a reshaped tensor does; the package copies them, 1,500 times in a step of an LSTM. */
const identity =
  (original: Unary): Unary =>
  (call) => {
    const { dataId, shape, dtype } = call.inputs.x;
    if (dtype === 'string') return original(call);
    call.backend.incRef(dataId);
    return { dataId, shape, dtype };
  };

/** Puts the kernels in their places; wasm must be the backend. @throws where the machine has no SIMD */
export function replaceKernels(): void {
  routinesOf(tf.backend() as WasmBackend);
  replace(tf.OneHot, oneHot);
  replace(tf.Cast, cast);
  replace(tf.BatchMatMul, product);
  replace(tf.Unpack, unpack);
  replace(tf.SplitV, split);
  replace(tf.Sum, sum);
  replace(tf.Tanh, each('tanh', Math.tanh));
  replace(tf.Exp, each('exp', Math.exp));
  replace(tf.Identity, identity);
}
