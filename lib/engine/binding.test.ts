import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { backendInfo, ready } from './backend.js';
import { DType } from './dtypes.js';
import { nodeBackend } from './kernels.js';
import { tf } from './tf.js';

before(ready);
const onTensorFlow = { skip: backendInfo().name === 'tensorflow' ? false : 'TensorFlow is not installed' };

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const indices = () => tf.tensor1d([0, 4, 2, 4], 'int32');
const classes = () => tf.cast(tf.oneHot(tf.tensor1d([1, 0, 3], 'int32'), 5), 'float32');

/** One call of each kind of kernel that the library or a reader of the book would use. */
const values: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  matMul: () => tf.matMul(normal([5, 7], 1), normal([7, 3], 2)),
  'matMul transposed, in batches': () => tf.matMul(normal([2, 5, 4], 1), normal([2, 3, 4], 2), false, true),
  'add with broadcasting': () => tf.add(normal([4, 3], 1), normal([3], 2)),
  'sub, mul, div, pow': () =>
    tf.pow(tf.abs(tf.div(tf.sub(normal([6], 1), 2), tf.mul(normal([6], 2), 3))), 1.5),
  'sigmoid, tanh, relu, exp, log': () =>
    tf.log(
      tf.exp(tf.add(tf.sigmoid(normal([9], 1)), tf.add(tf.tanh(normal([9], 2)), tf.relu(normal([9], 3))))),
    ),
  softmax: () => tf.softmax(normal([4, 6], 1)),
  logSoftmax: () => tf.logSoftmax(normal([4, 6], 1)),
  'sum, mean, max, min, prod': () => [
    tf.sum(normal([4, 6], 1), 0),
    tf.mean(normal([4, 6], 1), 1, true),
    tf.max(normal([4, 6], 1), 1),
    tf.min(normal([4, 6], 1)),
    tf.prod(normal([4, 6], 1), 0),
  ],
  argMax: () => tf.argMax(normal([4, 6], 1), 1),
  concat: () => tf.concat([normal([2, 3], 1), normal([4, 3], 2)], 0),
  'split, stack, unstack': () => [
    ...tf.split(normal([4, 6], 3), 3, 1),
    tf.stack([normal([2, 2], 1), normal([2, 2], 2)]),
    ...tf.unstack(normal([3, 2], 1)),
  ],
  'transpose, reshape, tile, reverse': () =>
    tf.reverse(tf.tile(tf.reshape(tf.transpose(normal([2, 3, 4], 1), [2, 0, 1]), [8, 3]), [2, 1]), 0),
  slice: () => tf.slice(normal([4, 6], 1), [1, 2], [2, 3]),
  gather: () => tf.gather(normal([5, 3], 1), indices()),
  oneHot: () => tf.oneHot(tf.tensor1d([1, 0, 3], 'int32'), 5),
  'equal, less, logicalAnd, where': () =>
    tf.where(
      tf.logicalAnd(tf.greater(normal([6], 1), 0), tf.less(normal([6], 1), 1)),
      normal([6], 2),
      normal([6], 3),
    ),
  cumsum: () => tf.cumsum(normal([6], 1)),
  topk: () => tf.topk(normal([6], 1), 2).values,
  'conv2d and maxPool': () =>
    tf.maxPool(
      tf.conv2d(normal([2, 8, 8, 3], 1) as tf.Tensor4D, normal([3, 3, 3, 4], 2) as tf.Tensor4D, 1, 'same'),
      2,
      2,
      'valid',
    ),
  'crossEntropy on logits': () => tf.losses.softmaxCrossEntropy(classes(), normal([3, 5], 1)),
  'round of int32, floor, cast': () => [
    tf.round(tf.tensor1d([-3, 7, 2], 'int32')),
    tf.round(tf.tensor1d([-1.5, 0.5, 2.4])),
    tf.cast(tf.floor(normal([5], 1)), 'int32'),
  ],
  einsum: () => tf.einsum('ij,jk->ik', normal([2, 3], 1), normal([3, 4], 2)),
};

const square = (x: tf.Tensor) => tf.sum(tf.square(x)) as tf.Scalar;
/** Gradients by the first argument. */
const gradients: Record<string, () => tf.Tensor> = {
  'matMul, tanh, sigmoid': () =>
    tf.grad((x) => square(tf.sigmoid(tf.tanh(tf.matMul(x as tf.Tensor2D, normal([3, 4], 5))))))(
      normal([2, 3], 4),
    ),
  'gather of repeated indices': () => tf.grad((x) => square(tf.gather(x, indices())))(normal([5, 3], 2)),
  'split, concat, transpose': () =>
    tf.grad((x) => square(tf.concat(tf.split(tf.transpose(x as tf.Tensor2D), 2, 1), 0)))(normal([4, 3], 2)),
  crossEntropy: () =>
    tf.grad((x) => tf.losses.softmaxCrossEntropy(classes(), x) as tf.Scalar)(normal([3, 5], 1)),
  'broadcast bias': () => tf.grad((b) => square(tf.add(normal([4, 3], 1), b)))(normal([3], 2)),
  'max, maximum, mean': () =>
    tf.grad((x) => tf.mean(tf.add(tf.maximum(tf.mul(x, 2), tf.square(x)), tf.max(x))) as tf.Scalar)(
      normal([6], 3),
    ),
  'a second derivative': () =>
    tf.grad((x) => tf.sum(tf.grad((y) => tf.sum(tf.mul(y, tf.square(y))))(x)))(normal([5], 1)),
  conv2d: () =>
    tf.grad((w) => square(tf.conv2d(normal([1, 5, 5, 2], 1) as tf.Tensor4D, w as tf.Tensor4D, 1, 'valid')))(
      normal([3, 3, 2, 2], 2),
    ),
};

interface Plain {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: number[];
}

function compute(backend: string, make: () => tf.Tensor | tf.Tensor[]): Plain[] {
  void tf.setBackend(backend);
  try {
    const tensors = [make()].flat();
    return tensors.map((t) => ({ shape: t.shape, dtype: t.dtype, data: [...t.dataSync()] }));
  } finally {
    void tf.setBackend('tensorflow');
  }
}

function assertParity(make: () => tf.Tensor | tf.Tensor[]): void {
  const expected = compute('cpu', make);
  const actual = compute('tensorflow', make);
  assert.deepEqual(
    actual.map(({ shape, dtype }) => ({ shape, dtype })),
    expected.map(({ shape, dtype }) => ({ shape, dtype })),
  );
  expected.forEach(({ data }, i) =>
    data.forEach((value, j) => {
      const other = actual[i]?.data[j] ?? NaN;
      assert.ok(
        Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(value)),
        `[${i}][${j}]: ${other} is not ${value}`,
      );
    }),
  );
}

for (const [name, make] of Object.entries(values)) {
  test(`${name} computes what the cpu backend computes`, onTensorFlow, () => assertParity(make));
}
for (const [name, make] of Object.entries(gradients)) {
  test(`the gradient of ${name} is that of the cpu backend`, onTensorFlow, () => assertParity(make));
}

test('strings, booleans and 32-bit integers go in and come out', onTensorFlow, () => {
  const words = tf.reshape(tf.tensor(['añb', '', '日本'], [3], 'string'), [3, 1]);
  assert.deepEqual([...words.dataSync<'string'>()], ['añb', '', '日本']);
  const long = 'x'.repeat(1000);
  assert.deepEqual(
    [...tf.concat([tf.tensor1d([long]), tf.tensor1d(['y'])]).dataSync<'string'>()],
    [long, 'y'],
  );
  assert.deepEqual([...tf.logicalNot(tf.tensor1d([true, false], 'bool')).dataSync()], [0, 1]);
  const big = [2147483647, -2147483648];
  assert.deepEqual([...tf.add(tf.tensor1d(big, 'int32'), tf.scalar(0, 'int32')).dataSync()], big);
});

test('an op may have any number of outputs', onTensorFlow, () => {
  const rows = tf.unstack(tf.range(0, 3000, 1, 'int32'));
  assert.deepEqual(
    Array.from(tf.stack(rows).dataSync()),
    Array.from({ length: 3000 }, (_, i) => i),
  );
});

test('64-bit integers pass through without loss', onTensorFlow, () => {
  const { binding } = nodeBackend()!;
  const values = BigInt64Array.of(2n ** 53n + 1n, -5n);
  const id = binding.createTensor([2], DType.TF_INT64, values);
  const attrs = [{ name: 'T', type: binding.TF_ATTR_TYPE, value: DType.TF_INT64 }];
  const [sum] = binding.executeOp('AddV2', attrs, [id, id], 1);
  assert.deepEqual(binding.tensorDataSync(sum!.id), BigInt64Array.of(2n ** 54n + 2n, -10n));
  binding.deleteTensor(id);
  binding.deleteTensor(sum!.id);
});

test('errors say which op, on which shapes and types, and why; the next op works', onTensorFlow, () => {
  const matrices = () => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3]));
  assert.throws(matrices, {
    name: 'TensorFlowError',
    message:
      'BatchMatMulV2 of float32[2,3], float32[2,3]: Matrix size-incompatible: In[0]: [2,3], In[1]: [2,3]',
  });
  assert.throws(() => tf.gather(tf.ones([2, 2]), tf.tensor1d([7], 'int32')), {
    message: 'GatherV2 of float32[2,2], int32[1], int32[]: indices[0] = 7 is not in [0, 2)',
  });
  const { binding } = nodeBackend()!;
  assert.throws(
    () => binding.executeOp('NoSuchOp', [], [], 1),
    /^TensorFlowError: TensorFlow 2\.\S+ has no op NoSuchOp: /,
  );
  assert.throws(() => binding.createTensor([3], DType.TF_FLOAT, new Float32Array(2)), {
    message: 'float32[3] needs 3 values but got 2',
  });
  assert.throws(() => binding.tensorDataSync(-1), {
    message: 'internal: tensor -1 was deleted or never made',
  });
  assert.equal(tf.add(1, 2).dataSync()[0], 3);
});

test('what is disposed of is freed, after errors too', onTensorFlow, () => {
  const { binding } = nodeBackend()!;
  const loss = (w: tf.Tensor) => square(tf.sigmoid(tf.matMul(tf.ones([4, 3]), w as tf.Tensor2D)));
  const round = () =>
    tf.tidy(() => {
      tf.grad(loss)(tf.ones([3, 2]));
      tf.tensor(['a', 'b']).reshape([2, 1]);
      assert.throws(() => tf.matMul(tf.ones([2, 3]), tf.ones([2, 3])));
    });
  round();
  const held = binding.getNumOfTensors();
  for (let i = 0; i < 50; i++) round();
  assert.equal(binding.getNumOfTensors(), held);
});

test('the memory of freed tensors is returned', onTensorFlow, () => {
  const megabytes = 16;
  const make = () => tf.tidy(() => void tf.add(tf.zeros([megabytes * 262_144]), 1).dataSync());
  for (let i = 0; i < 3; i++) make();
  const start = process.memoryUsage().rss;
  for (let i = 0; i < 30; i++) make();
  const grown = (process.memoryUsage().rss - start) / 1e6;
  assert.ok(grown < 8 * megabytes, `30 tensors of ${megabytes} MB left ${grown.toFixed(0)} MB behind`);
});
