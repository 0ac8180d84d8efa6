import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
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

interface Case {
  outputs: Stored;
  h_n: Stored;
  c_n?: Stored;
  loss_out: number;
  loss_out_and_state: number;
  grads_out: Record<string, Stored>;
  grads_out_and_state: Record<string, Stored>;
}
interface LayerFixture {
  input_size: number;
  hidden_size: number;
  num_layers: number;
  bidirectional: boolean;
  weights: Record<string, Stored>;
  X: Stored;
  G: Stored;
  Gh: Stored;
  Gc?: Stored;
  h0: Stored;
  c0?: Stored;
  cases: Record<'zero_state' | 'given_state', Case>;
}

const layers = { rnn_tanh: d2l.nn.RNN, lstm: d2l.nn.LSTM, gru: d2l.nn.GRU };
const weighted = (x: d2l.Tensor, g: Stored): d2l.Tensor => d2l.reduceSum(x.mul(tensorOf(g)));

/** Outputs, h_n and, for an LSTM, c_n. */
function run(layer: d2l.Module, X: d2l.Tensor, state?: readonly d2l.Tensor[]): d2l.Tensor[] {
  if (layer instanceof d2l.nn.LSTM) {
    const [outputs, [H, C]] = layer.forward(
      X as d2l.Tensor3D,
      state as [d2l.Tensor3D, d2l.Tensor3D] | undefined,
    );
    return [outputs, H, C];
  }
  return (layer as d2l.nn.GRU).forward(X as d2l.Tensor3D, state?.[0] as d2l.Tensor3D | undefined);
}

for (const kind of ['rnn_tanh', 'lstm', 'gru'] as const) {
  for (const shape of ['l1', 'l1_bi', 'l2', 'l2_bi']) {
    const f = fixture<LayerFixture>(`nn_${kind}_${shape}`);
    const make = () => {
      const { num_layers: numLayers, bidirectional } = f;
      const layer = new layers[kind](f.input_size, f.hidden_size, { numLayers, bidirectional });
      setWeights(layer, f.weights);
      return layer;
    };
    for (const [name, wanted] of Object.entries(f.cases)) {
      test(`nn ${kind} ${shape}, ${name}: outputs, states and gradients are PyTorch's`, () => {
        const layer = make();
        const given =
          name === 'given_state' ? { h0: tensorOf(f.h0), ...(f.c0 && { c0: tensorOf(f.c0) }) } : {};
        const inputs: Record<string, d2l.Tensor> = { X: tensorOf(f.X), ...given };
        const states = Object.keys(given);
        const forward = (x: Record<string, d2l.Tensor>): d2l.Tensor[] =>
          run(
            layer,
            x['X'] as d2l.Tensor,
            states.length > 0 ? states.map((s) => x[s] as d2l.Tensor) : undefined,
          );

        const [outputs, H, C] = computed(() => forward(inputs)) as [d2l.Tensor, d2l.Tensor, d2l.Tensor?];
        assertClose(outputs, wanted.outputs, 'outputs');
        assertClose(H, wanted.h_n, 'h_n');
        if (C && wanted.c_n) assertClose(C, wanted.c_n, 'c_n');

        const out = gradients(layer, inputs, (x) => weighted(forward(x)[0] as d2l.Tensor, f.G));
        for (const [key, g] of Object.entries(wanted.grads_out)) {
          assertClose(out.grads.get(camel(key)) as d2l.Tensor, g, `d outputs / d ${key}`);
        }
        const both = gradients(layer, inputs, (x) => {
          const [o, h, c] = forward(x) as [d2l.Tensor, d2l.Tensor, d2l.Tensor?];
          const sum = weighted(o, f.G).add(weighted(h, f.Gh));
          return c && f.Gc ? sum.add(weighted(c, f.Gc)) : sum;
        });
        assertClose(both.value, [wanted.loss_out_and_state], 'loss of outputs and state');
        for (const [key, g] of Object.entries(wanted.grads_out_and_state)) {
          assertClose(both.grads.get(camel(key)) as d2l.Tensor, g, `d outputs and state / d ${key}`);
        }
      });
    }
  }
}

test('a layer names the shape it expects and the one it got', () => {
  const lstm = new d2l.nn.LSTM(28, 32);
  assert.throws(() => lstm.forward(d2l.zeros([32, 1024, 27])), {
    message: 'LSTM expects (steps, batch, 28), got (32, 1024, 27)',
  });
  const state: [d2l.Tensor3D, d2l.Tensor3D] = [d2l.zeros([1, 5, 32]), d2l.zeros([1, 4, 32])];
  assert.throws(() => lstm.forward(d2l.zeros([2, 5, 28]), state), {
    message: "LSTM's state C expects (1, 5, 32), got (1, 4, 32)",
  });
});

test('weights and biases begin uniformly within one over the root of the hidden units', () => {
  d2l.seed(0);
  for (const layer of [
    new d2l.nn.RNN(28, 32),
    new d2l.nn.LSTM(28, 32),
    new d2l.nn.GRU(28, 32, { numLayers: 2 }),
  ]) {
    for (const [name, p] of layer.namedParameters()) {
      const values = [...p.dataSync()];
      const bound = 1 / Math.sqrt(32);
      const largest = Math.max(...values.map(Math.abs));
      assert.ok(largest <= bound && largest > 0.8 * bound, `${name}: ${largest} of ${bound}`);
      const std = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
      assert.ok(Math.abs(std - bound / Math.sqrt(3)) < 0.03, `${name}: standard deviation ${std}`);
    }
  }
});
