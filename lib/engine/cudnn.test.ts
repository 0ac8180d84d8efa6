import assert from 'node:assert/strict';
import { before, describe, mock, test } from 'node:test';
import { backendInfo, ready } from './backend.js';
import { capture } from './capture.js';
import { type CudnnMode, cudnnCanRun, cudnnLayer, packWeights } from './cudnn.js';
import { Graph } from './graph.js';
import { tf } from './tf.js';

before(ready);
const { name, gpus } = backendInfo();
const withoutGpu = { skip: name === 'tensorflow' && gpus.length === 0 ? false : 'for TensorFlow on a CPU' };

const direction = (gates: number, inputs: number, hiddens: number, from: number) => {
  const numbers = (shape: number[], start: number) =>
    tf.reshape(tf.range(start, start + tf.util.sizeFromShape(shape)), shape);
  return {
    weightIh: numbers([gates * hiddens, inputs], from),
    weightHh: numbers([gates * hiddens, hiddens], from + 100),
    biasIh: numbers([gates * hiddens], from + 200),
    biasHh: numbers([gates * hiddens], from + 300),
  };
};

test('the packed parameters are matrices gate by gate, then biases, directions in turn', () => {
  const packed = [...packWeights([direction(3, 2, 2, 0), direction(3, 2, 2, 1000)]).dataSync()];
  const ranges = [
    [0, 12], // W of r, z, n, each (2, 2) by rows
    [100, 12], // U
    [1000, 12], // the same of the direction that reads backwards
    [1100, 12],
    [200, 6], // b, then c
    [300, 6],
    [1200, 6],
    [1300, 6],
  ] as const;
  assert.deepEqual(
    packed,
    ranges.flatMap(([start, length]) => Array.from({ length }, (_, i) => start + i)),
  );
});

test('a derivative by the packed parameters comes back to the matrix and the bias it belongs to', () => {
  const weights = direction(4, 3, 2, 0);
  const parts = [weights.weightIh, weights.weightHh, weights.biasIh, weights.biasHh];
  const size = parts.reduce((sum, part) => sum + part.size, 0);
  const gradients = tf.grads((...[weightIh, weightHh, biasIh, biasHh]: tf.Tensor[]) => {
    const packed = packWeights([{ weightIh, weightHh, biasIh, biasHh } as typeof weights]);
    return tf.sum(tf.mul(packed, tf.range(0, size)));
  })(parts);
  let start = 0;
  gradients.forEach((gradient, i) => {
    assert.deepEqual(gradient.shape, parts[i]?.shape);
    assert.deepEqual(
      [...gradient.dataSync()],
      Array.from({ length: gradient.size }, (_, j) => start + j),
    );
    start += gradient.size;
  });
});

describe('where there is no GPU', withoutGpu, () => {
  for (const [mode, gates] of Object.entries({ rnn_tanh: 1, gru: 3, lstm: 4 })) {
    for (const directions of [1, 2]) {
      test(`TensorFlow accepts ${mode} in ${directions} directions and its derivative as nodes of a graph`, async () => {
        const [steps, batch, inputs, hiddens] = [3, 5, 2, 4];
        const weights = Array.from({ length: directions }, () => direction(gates, inputs, hiddens, 0));
        const params = packWeights(weights);
        const state = tf.zeros([directions, batch, hiddens]);
        const node = mock.method(Graph.prototype, 'node');
        const shapes: number[][] = [];
        const step = capture(([x, h, p]) => {
          assert.equal(cudnnCanRun(), false);
          const layer = (...[a, b, c]: tf.Tensor[]): tf.Tensor[] =>
            cudnnLayer(mode as CudnnMode, {
              x: a as tf.Tensor,
              h: b as tf.Tensor,
              c: mode === 'lstm' ? (b as tf.Tensor) : tf.scalar(0),
              params: c as tf.Tensor,
            });
          shapes.push(...layer(x as tf.Tensor, h as tf.Tensor, p as tf.Tensor).map(({ shape }) => shape));
          const loss = (...all: tf.Tensor[]) => tf.sum(layer(...all)[0] as tf.Tensor);
          const gradients = tf.grads(loss)([x as tf.Tensor, h as tf.Tensor, p as tf.Tensor]);
          shapes.push(...gradients.map(({ shape }) => shape));
          return gradients;
        });
        // no kernel of the op exists on a CPU: the graph is right, and cannot run
        await assert.rejects(step.run([tf.ones([steps, batch, inputs]), state, params]), /CudnnRNN/);
        const names = node.mock.calls.map((call) => call.arguments[0]);
        node.mock.restore();
        step.dispose();
        assert.equal(names.filter((op) => op === 'CudnnRNNBackpropV3').length, 1);
        const c = mode === 'lstm' ? state.shape : [];
        assert.deepEqual(shapes.slice(0, 3), [[steps, batch, hiddens * directions], state.shape, c]);
        assert.deepEqual(shapes.slice(3), [[steps, batch, inputs], state.shape, params.shape]);
      });
    }
  }
});
