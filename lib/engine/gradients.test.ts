import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { backendInfo, ready } from './backend.js';
import { crossEntropyRows } from './gradients.js';
import { tf } from './tf.js';

before(ready);
const onTensorFlow = { skip: backendInfo().name === 'tensorflow' ? false : 'TensorFlow is not installed' };

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 2, 'float32', seed);

/** The same numbers on TensorFlow, where ops are fused, and in plain JavaScript, where they are composed. */
function assertSame(make: () => tf.Tensor): void {
  const [fused, composed] = ['tensorflow', 'cpu'].map((backend) => {
    void tf.setBackend(backend);
    try {
      return [...make().dataSync()];
    } finally {
      void tf.setBackend('tensorflow');
    }
  }) as [number[], number[]];
  assert.equal(fused.length, composed.length);
  fused.forEach((value, i) => {
    const other = composed[i] ?? NaN;
    assert.ok(
      Math.abs(value - other) <= 1e-5 * Math.max(1, Math.abs(other)),
      `[${i}]: ${value} is not ${other}`,
    );
  });
}

const labels = () => tf.tensor1d([0, 4, 2], 'int32');
const loss = (x: tf.Tensor) => crossEntropyRows(x as tf.Tensor2D, labels());

test('cross-entropy and its gradient are those of the composed formula', onTensorFlow, () => {
  assertSame(() => loss(normal([3, 5], 1)));
  assertSame(() => tf.grad((x) => tf.sum(tf.mul(loss(x), [1, 2, 3])))(normal([3, 5], 1)));
});

test('cross-entropy of large logits does not overflow', onTensorFlow, () => {
  const x = tf.tensor2d([[1000, 0, -1000, 0, 0]]);
  assert.deepEqual([...crossEntropyRows(x, tf.tensor1d([1], 'int32')).dataSync()], [1000]);
});

for (const op of ['sigmoid', 'tanh'] as const) {
  test(`the gradient of ${op} is that of the composed formula`, onTensorFlow, () =>
    assertSame(() => tf.grad((x) => tf.sum(tf.square(tf[op](x))))(normal([2, 3], 1))),
  );

  test(`a derivative that passes through the gradient of ${op} is not lost`, onTensorFlow, () =>
    assertSame(() =>
      tf.grad((w) => tf.sum(tf.square(tf.grad((x) => tf.sum(tf.mul(tf[op](x), w)))(normal([3], 1)))))(
        normal([3], 2),
      ),
    ),
  );
}

test('a second derivative of the cross-entropy is not lost', onTensorFlow, () =>
  assertSame(() =>
    tf.grad((w) => tf.sum(tf.square(tf.grad((x) => tf.sum(loss(tf.mul(x, w))))(normal([3, 5], 1)))))(
      normal([5], 2),
    ),
  ),
);
