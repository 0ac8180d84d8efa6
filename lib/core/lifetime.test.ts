import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { nodeBackend } from '../engine/kernels.js';
import * as d2l from '../main.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** tfjs's count of tensors, and the number of those that TensorFlow holds. */
const held = (): number[] => [
  d2l.tf.memory().numTensors,
  ...(nodeBackend() === undefined ? [] : [nodeBackend()?.binding.getNumOfTensors() ?? 0]),
];

async function settle(enough: () => boolean): Promise<void> {
  for (let i = 0; i < 50 && !enough(); i++) {
    collect();
    await sleep(10);
  }
}

test('tensors made before anything else, such as those of a first cell, are freed too', async () => {
  const [before = 0] = held(); // no tfjs scope was ever opened in this process
  for (let i = 0; i < 10; i++) d2l.randn([2, 2]);
  assert.equal(held()[0], before + 10);
  await settle(() => held()[0] === before);
  assert.equal(held()[0], before);
});

test('a cell run 1,000 times leaves nothing behind: what it drops is freed', async () => {
  const weights = d2l.ones([4, 4]);
  const cell = (): d2l.Tensor => {
    const x = d2l.randn([8, 4]);
    const inner = d2l.tf.tidy(() => d2l.matmul(x, weights).add(1));
    return d2l.softmax(inner.clone());
  };
  cell().dataSync();
  await settle(() => held()[0] === 1);
  const before = held();
  let latest: d2l.Tensor | undefined;
  for (let i = 0; i < 1000; i++) latest = cell();
  const shape = latest?.shape;
  assert.ok((held()[0] ?? 0) > 1000);
  latest = undefined;
  await settle(() => held()[0] === before[0]);
  assert.deepEqual(held(), before);
  assert.deepEqual(shape, [8, 4]);
  assert.equal(weights.dataSync()[0], 1); // what is held stays
});

test('clones, kept and disposed tensors are counted right when they go', async () => {
  await settle(() => false);
  const before = held();
  const run = (): void => {
    const x = d2l.ones([3]);
    const y = x.clone();
    x.dispose();
    assert.deepEqual([...y.dataSync()], [1, 1, 1]);
    d2l.tf.keep(d2l.ones([2]));
    d2l.tf.tidy(() => d2l.tf.keep(d2l.ones([5]))).dispose();
  };
  run();
  await settle(() => held()[0] === before[0]);
  assert.deepEqual(held(), before);
});

test('much memory behind small objects is collected without being asked', async () => {
  await settle(() => false);
  const [before = 0] = held();
  const big = d2l.ones([1024, 1024]); // 4 MiB
  for (let i = 0; i < 200; i++) {
    d2l.tanh(big);
    await sleep(0); // a cell of its own
  }
  await sleep(50);
  assert.ok((held()[0] ?? Infinity) - before < 150, `${held()[0]} tensors, ${before} before`);
  assert.equal(big.shape[0], 1024);
});

test('a tensor used after it was disposed is named, with the operation and what to do', () => {
  const x = d2l.ones([2, 3]);
  x.dispose();
  const late = /\(2, 3\) that is disposed: leave out its dispose\(\), or return it from tf\.tidy/;
  for (const use of [
    () => d2l.tanh(x),
    () => x.add(1),
    () => d2l.concat([d2l.ones([2, 3]), x]),
    () => new d2l.Linear(3, 2).forward(x),
    () => x.dataSync(),
  ]) {
    assert.throws(use, late);
  }
  assert.throws(() => d2l.tanh(x), /^Error: Tanh was given/);
});

test('a gradient of tfjs that uses a disposed clone of living values goes on', () => {
  const slope = d2l.tf.grad((x) => d2l.tf.logSigmoid(x.clone()).clone());
  const [value] = slope(d2l.tensor([0])).dataSync();
  assert.equal(value, 0.5);
});
