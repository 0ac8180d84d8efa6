import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import { assertClose, computed, fixture, tensorOf, type Stored } from '../test/fixtures.js';

interface LossFixture {
  logits: Stored;
  labels: Stored;
  pad: number;
  per_token: Stored;
  mean: number;
  mean_grad: Stored;
  extreme: { logits: Stored; labels: Stored; mean: number; grad: Stored };
}

const f = fixture<LossFixture>('cross_entropy');
const model = new d2l.Classifier();

test("cross-entropy on logits: single losses, mean and gradient are PyTorch's", () => {
  const labels = tensorOf(f.labels, 'int32');
  const slope = d2l.tf.valueAndGrad((x) => model.loss(x, labels) as d2l.Scalar);
  const [each, mean, gradient] = computed(() => {
    const { value, grad } = slope(tensorOf(f.logits));
    return [model.loss(tensorOf(f.logits), labels, false), value, grad] as const;
  });
  assertClose(each, f.per_token, 'per token');
  assertClose(mean, [f.mean], 'mean');
  assertClose(gradient, f.mean_grad, 'gradient');
});

test('logits of a thousand do not overflow', () => {
  const labels = tensorOf(f.extreme.labels, 'int32');
  const slope = d2l.tf.valueAndGrad((x) => model.loss(x, labels) as d2l.Scalar);
  const [mean, gradient] = computed(() => {
    const { value, grad } = slope(tensorOf(f.extreme.logits));
    return [value, grad] as const;
  });
  assertClose(mean, [f.extreme.mean], 'mean');
  assertClose(gradient, f.extreme.grad, 'gradient');
});

test('accuracy is the share of labels with the largest logit', () => {
  const logits = d2l.tensor([
    [1, 3, 2],
    [5, 0, 0],
    [0, 1, 2],
  ]);
  const labels = d2l.tensor([1, 0, 1], 'int32');
  assertClose(model.accuracy(logits, labels), [2 / 3], 'mean');
  assertClose(model.accuracy(logits, labels, false), [1, 1, 0], 'each');
});

test('labels that do not match the logits are named with both shapes', () => {
  assert.throws(
    () => model.loss(d2l.zeros([2, 5, 6]), d2l.zeros([2, 4], 'int32')),
    /logits \(2, 5, 6\) have 10 rows, labels \(2, 4\) are 8/,
  );
});
