import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as d2l from '../main.js';

test('tensors print as in PyTorch: rows below each other, values aligned, the type unless it is float32', () => {
  const cases: [d2l.tf.Tensor, string][] = [
    [d2l.zeros([2, 3]), 'tensor([[0, 0, 0],\n        [0, 0, 0]])'],
    [d2l.tensor(3.14159), 'tensor(3.1416)'],
    [d2l.tensor([1.5, -20]), 'tensor([  1.5000, -20.0000])'],
    [d2l.tensor([1e-6, 1, NaN]), 'tensor([1.0000e-6, 1.0000e+0,       NaN])'],
    [d2l.arange(3), 'tensor([0, 1, 2], dtype=int32)'],
    [d2l.tensor([true, false], 'bool'), 'tensor([ true, false], dtype=bool)'],
    [d2l.ones([1, 2, 1]), 'tensor([[[1],\n         [1]]])'],
    [d2l.ones([2, 1, 1]), 'tensor([[[1]],\n\n        [[1]]])'],
    [d2l.zeros([0, 3]), 'tensor([], shape=[0, 3])'],
    [d2l.parameter(d2l.ones([2]) as d2l.tf.Tensor), 'parameter([1, 1])'],
  ];
  assert.deepEqual(
    cases.map(([x]) => inspect(x)),
    cases.map(([, text]) => text),
  );
  assert.equal(String(d2l.zeros([2])), 'tensor([0, 0])');
});

test('of a big tensor the ends of each axis are shown, with its shape', () => {
  const lines = inspect(d2l.reshape(d2l.arange(2000), [20, 100])).split('\n');
  assert.equal(lines.length, 7);
  assert.equal(lines[0], 'tensor([[   0,    1,    2, ...,   97,   98,   99],');
  assert.equal(lines[3], '        ...,');
  assert.equal(lines[6], '        [1900, 1901, 1902, ..., 1997, 1998, 1999]], shape=[20, 100], dtype=int32)');
});

test('a long row is broken so that no line is wider than 80 characters', () => {
  const lines = inspect(d2l.arange(100)).split('\n');
  assert.ok(lines.length > 3);
  assert.ok(lines.every((line) => line.length <= 81));
  assert.equal(lines[1]?.indexOf('18'), 8);
});

test('a disposed tensor says so, in place of its values', () => {
  const x = d2l.ones([2, 3]);
  x.dispose();
  assert.equal(inspect(x), 'tensor(disposed, shape=[2, 3])');
});

test('inside of other values tensors keep their place, and deep down only their shape', () => {
  assert.equal(inspect({ a: [d2l.ones([2, 1])] }), '{\n  a: [\n    tensor([[1],\n            [1]])\n  ]\n}');
  assert.equal(inspect([d2l.ones([2])], { depth: 0 }), '[ [tensor (2)] ]');
});

test('a notebook gets the same text by its own symbol', () => {
  const x = d2l.ones([2]) as unknown as Record<symbol, () => unknown>;
  assert.deepEqual(x[Symbol.for('Jupyter.display')]?.(), { 'text/plain': 'tensor([1, 1])' });
});
