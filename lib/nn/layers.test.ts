import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import { withUniformSource } from './dropout.js';
import {
  assertClose,
  camel,
  computed,
  fixture,
  gradients,
  setWeights,
  tensorOf,
  type Stored,
} from '../test/fixtures.js';

interface EmbeddingFixture {
  weight: Stored;
  indices: Stored;
  G: Stored;
  outputs: Stored;
  grad_weight: Stored;
  grad_weight_padding_idx_3: Stored;
}

test("embedding: outputs and gradients are PyTorch's, with repeated indices and with a padding row", () => {
  const f = fixture<EmbeddingFixture>('embedding');
  for (const [padding, wanted] of [
    [null, f.grad_weight],
    [3, f.grad_weight_padding_idx_3],
  ] as const) {
    const layer = new d2l.Embedding(6, 4, padding);
    setWeights(layer, { weight: f.weight });
    const indices = tensorOf(f.indices, 'int32');
    const [outputs] = computed(() => [layer.forward(indices)] as const);
    assertClose(outputs, f.outputs, 'outputs');
    const { grads } = gradients(layer, {}, () =>
      d2l.reduceSum(layer.forward(indices).mul(tensorOf(f.G) as d2l.tf.Tensor)),
    );
    assertClose(grads.get('weight') as d2l.Tensor, wanted, `gradient, padding ${padding}`);
  }
});

test('embedding: a model may look up what it chose itself, and learns from it', () => {
  const layer = new d2l.Embedding(6, 4);
  const chosen = () => d2l.argmax(layer.forward(d2l.tensor([0, 5], 'int32')));
  const { grads } = gradients(layer, {}, () => d2l.reduceSum(layer.forward(chosen())));
  const wanted = Array.from({ length: 6 }, () => 0);
  for (const row of chosen().dataSync()) wanted[row] = (wanted[row] ?? 0) + 4;
  assert.deepEqual([...d2l.reduceSum(grads.get('weight') as d2l.tf.Tensor, 1).dataSync()], wanted);
});

interface DropoutFixture {
  stats: { p: number; kept_value: number; expected_var: number }[];
  masked_example: { x: Stored; p: number; mask: Stored; y: Stored; G: Stored; grad_x: Stored };
}

test('dropout keeps the mean, zeroes the share p while training, and is the identity afterwards', () => {
  d2l.seed(0);
  for (const { p, kept_value } of fixture<DropoutFixture>('dropout').stats) {
    const layer = new d2l.Dropout(p);
    const values = layer.forward(d2l.ones([200, 500])).dataSync();
    const kept = values.filter((v) => v !== 0);
    assert.ok(kept.every((v) => Math.abs(v - kept_value) < 1e-6));
    assert.ok(
      Math.abs(kept.length / values.length - (1 - p)) < 0.01,
      `kept ${kept.length} of ${values.length}`,
    );
    layer.eval();
    const x = d2l.randn([3]);
    assert.equal(layer.forward(x), x);
  }
  assert.throws(() => new d2l.Dropout(1), /Dropout expects a probability in \[0, 1\), got 1/);
});

/** Draws that make dropout keep what the mask keeps. */
const drawsOf = (mask: Stored) => (): d2l.tf.Tensor =>
  tensorOf({ ...mask, data: mask.data.map((kept) => (kept === 0 ? 0 : 0.999)) }) as d2l.tf.Tensor;

test("dropout with a given mask has PyTorch's values and gradient", () => {
  const { x, p, mask, y, G, grad_x } = fixture<DropoutFixture>('dropout').masked_example;
  const f = (value: d2l.tf.Tensor): d2l.tf.Tensor =>
    withUniformSource(drawsOf(mask), () => d2l.nn.dropout(value, p)) as d2l.tf.Tensor;
  const [values] = computed(() => [f(tensorOf(x))] as const);
  assertClose(values, y, 'values');
  const gradient = d2l.tf.grad((value) => d2l.reduceSum(f(value).mul(tensorOf(G) as d2l.tf.Tensor)));
  const [slope] = computed(() => [gradient(tensorOf(x))] as const);
  assertClose(slope, grad_x, 'gradient');
});

interface MaskedFixture {
  X: Stored;
  G: Stored;
  mask_scaled: Stored;
  weights: Record<string, Stored>;
  outputs: Stored;
  h_n: Stored;
  grads_out: Record<string, Stored>;
}

test("two GRU layers drop out between them, and only there, as PyTorch's do", () => {
  const f = fixture<MaskedFixture>('gru2_dropout_masked');
  const scale = Math.max(...f.mask_scaled.data);
  const layer = new d2l.nn.GRU(4, 3, { numLayers: 2, dropout: 1 - 1 / scale });
  const name = (key: string): string => key.replace(/^l([01])\.(.*)_l0$/, '$2_l$1');
  setWeights(layer, Object.fromEntries(Object.entries(f.weights).map(([key, w]) => [name(key), w])));
  const run = (X: d2l.Tensor) =>
    withUniformSource(drawsOf(f.mask_scaled), () => layer.forward(X as d2l.Tensor3D));
  const [outputs, state] = computed(() => run(tensorOf(f.X)));
  assertClose(outputs, f.outputs, 'outputs');
  assertClose(state, f.h_n, 'state');
  const { grads } = gradients(layer, { X: tensorOf(f.X) }, ({ X }) =>
    d2l.reduceSum(run(X)[0].mul(tensorOf(f.G) as d2l.tf.Tensor)),
  );
  for (const [key, g] of Object.entries(f.grads_out)) {
    assertClose(grads.get(key === 'X' ? key : camel(name(key))) as d2l.Tensor, g, `gradient of ${key}`);
  }
});

test('dropout draws a new mask at each call, and the same ones after the same seed', () => {
  const layer = new d2l.Dropout(0.5);
  const masks = (): number[][] => {
    d2l.seed(1);
    return [0, 1].map(() => [...layer.forward(d2l.ones([64])).dataSync()]);
  };
  const [first, second] = masks();
  assert.notDeepEqual(first, second);
  assert.deepEqual(masks(), [first, second]);
});

test("linear layers begin as PyTorch's, keep leading axes, and name shapes that do not fit", () => {
  d2l.seed(0);
  const layer = new d2l.Linear(32, 28);
  const bound = 1 / Math.sqrt(32);
  for (const p of layer.parameters()) {
    const largest = Math.max(...[...p.dataSync()].map(Math.abs));
    assert.ok(largest <= bound && largest > 0.8 * bound, `${largest} of ${bound}`);
  }
  assert.deepEqual(layer.forward(d2l.zeros([5, 2, 32])).shape, [5, 2, 28]);
  assert.throws(() => layer.forward(d2l.zeros([5, 2, 31])), {
    message: 'Linear(32, 28) expects (…, …, 32), got (5, 2, 31)',
  });
  const lazy = new d2l.LazyLinear(3);
  assert.deepEqual(lazy.parameters(), []);
  lazy.forward(d2l.zeros([2, 7]));
  assert.deepEqual(
    lazy.parameters().map((p) => p.shape),
    [[3, 7], [3]],
  );
});

test('sequential layers are named by number and applied in order', () => {
  const net = new d2l.Sequential(new d2l.Linear(3, 4), new d2l.ReLU(), new d2l.Linear(4, 2));
  assert.deepEqual([...net.namedParameters().keys()], ['0.weight', '0.bias', '2.weight', '2.bias']);
  const x = d2l.randn([5, 3]);
  const [a, , b] = net.layers;
  assertClose(net.forward(x), b?.forward(d2l.relu(a?.forward(x) as d2l.tf.Tensor)) as d2l.Tensor, 'outputs');
});

test('xavierUniform draws within its bound, and refuses what is no matrix', () => {
  const f = fixture<{ xavier_uniform: { shape: [number, number]; bound: number }[] }>('init');
  d2l.seed(0);
  for (const { shape, bound } of f.xavier_uniform) {
    const weight = d2l.parameter(d2l.zeros(shape) as d2l.tf.Tensor);
    d2l.nn.xavierUniform(weight);
    const largest = [...weight.dataSync()].reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    assert.ok(largest <= bound * (1 + 1e-6) && largest > 0.8 * bound, `${largest} of ${bound}`);
  }
  const bias = d2l.parameter(d2l.zeros([3]) as d2l.tf.Tensor);
  assert.throws(() => d2l.nn.xavierUniform(bias), /expects a matrix, got shape \(3\)/);
});
