import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import { Reader, type ReadStep } from './reader.js';

const { tf } = d2l;
type Pair = readonly [d2l.tf.Tensor, readonly d2l.tf.Tensor[]];

/** The sum of all tokens so far, in a state of two levels, and how often the step was run. */
function summing() {
  const ran = { times: 0 };
  const step: ReadStep<Pair> = (token, state = [tf.zeros([1, 1]), [tf.zeros([1])]]) => {
    ran.times++;
    const sum = tf.add(state[0], token);
    return [sum, [sum, [tf.add(state[1][0] as d2l.tf.Tensor, 1)]]] as const;
  };
  return { ran, step };
}

const read = <S>(step: ReadStep<S>, tokens: number[]): number[] =>
  tf.tidy(() => {
    const reader = new Reader(step, tokens.length);
    const sums = tokens.map((token) => reader.read(token).dataSync()[0] ?? NaN);
    reader.dispose();
    return sums;
  });

const tokens = Array.from({ length: 30 }, (_, i) => i % 4);
const sums = tokens.map((_, i) => tokens.slice(0, i + 1).reduce((a, b) => a + b, 0));
const captures = d2l.backendInfo().name === 'tensorflow';

test('a long text is read in a recorded step, with the state carried on, and nothing is left', () => {
  const { ran, step } = summing();
  const before = tf.memory().numTensors;
  assert.deepEqual(read(step, tokens), sums);
  assert.equal(ran.times, captures ? 3 : tokens.length); // the first, the second, and for the record
  assert.equal(tf.memory().numTensors, before);
});

test('a short text is read op by op', () => {
  const { ran, step } = summing();
  assert.deepEqual(read(step, tokens.slice(0, 5)), sums.slice(0, 5));
  assert.equal(ran.times, 5);
});

test('a state that grows, or is no tensor, or is read by the model is read op by op', () => {
  const growing: ReadStep<d2l.tf.Tensor> = (token, state = tf.zeros([1, 0])) => {
    const seen = tf.concat([state, tf.cast(token, 'float32')], 1);
    return [tf.sum(seen, 1, true), seen];
  };
  assert.deepEqual(read(growing, tokens), sums);
  const counting: ReadStep<{ sum: number }> = (token, state = { sum: 0 }) => {
    const sum = state.sum + (token.dataSync()[0] ?? 0);
    return [tf.tensor2d([[sum]]), { sum }];
  };
  assert.deepEqual(read(counting, tokens), sums);
  const looking: ReadStep<d2l.tf.Tensor> = (token, state = tf.zeros([1, 1])) => {
    const sum = tf.add(state, token.dataSync()[0] ?? 0);
    return [sum, sum];
  };
  assert.deepEqual(read(looking, tokens), sums);
});

test('recurrent layers give the logits of the whole text at once', () => {
  for (const layer of [new d2l.RNN(4, 6), new d2l.GRU(4, 6, 2), new d2l.LSTM(4, 6)]) {
    const model = new d2l.RNNLM(layer as d2l.RecurrentModule<unknown>, 4).eval();
    const logits = read((X, state) => {
      const [outputs, next] = model.rnn.forward(model.oneHot(X), state);
      return [tf.reshape(model.outputLayer(outputs) as d2l.tf.Tensor, [1, 4]), next];
    }, tokens);
    const whole = model.forward(tf.tensor2d([tokens], [1, tokens.length], 'int32')) as d2l.tf.Tensor3D;
    const expected = [...tf.slice(whole, [0, 0, 0], [1, -1, 1]).dataSync()];
    logits.forEach((logit, i) => assert.ok(Math.abs(logit - (expected[i] ?? NaN)) < 1e-5, `token ${i}`));
  }
});
