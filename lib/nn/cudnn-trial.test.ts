import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import * as d2l from '../main.js';
import { tryCudnn } from './cudnn-trial.js';

test('the trial is made once, says nothing where numbers agree, and leaves nothing behind', () => {
  const warn = mock.method(console, 'warn', () => undefined);
  const before = d2l.tf.memory().numTensors;
  let made = 0;
  const make = () => {
    made++;
    return new d2l.nn.LSTM(2, 3, { bidirectional: true });
  };
  // without a GPU both ways are step by step
  tryCudnn(make);
  tryCudnn(make);
  assert.equal(made, d2l.numGpus() > 0 ? 0 : 1);
  if (d2l.backendInfo().name === 'tensorflow') assert.equal(warn.mock.callCount(), 0);
  assert.equal(d2l.tf.memory().numTensors, before);
  warn.mock.restore();
});
