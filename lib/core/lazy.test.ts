import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import { materializeAll } from './lazy.js';

/** A lazy layer that keeps the shapes it was given. */
class Watching extends d2l.Module {
  readonly layer = new d2l.nn.LazyLinear(3);
  readonly shapes: (readonly number[])[] = [];
  override forward(...inputs: d2l.Tensor[]): d2l.Tensor {
    this.shapes.push(...inputs.map(({ shape }) => shape));
    return this.layer.forward(inputs[0] as d2l.Tensor);
  }
}

const shapesOf = (...batch: d2l.Tensor[]): (readonly number[])[] => {
  const model = new Watching();
  const whole = [...batch, d2l.zeros([1])];
  const before = d2l.tf.memory().numTensors;
  materializeAll(model, [whole], (same) => same);
  assert.deepEqual(model.layer.weight?.shape, [3, 5]);
  assert.equal(d2l.tf.memory().numTensors - before, 2, 'weight and bias');
  return model.shapes;
};

test('lazy layers learn from the first two rows of a batch', () => {
  const shapes = shapesOf(d2l.zeros([64, 5]), d2l.zeros([64]));
  assert.deepEqual(shapes, [[2, 5], [2]]); // prettier-ignore
});

test('they see whole inputs where these are short, or have no common first axis', () => {
  assert.deepEqual(shapesOf(d2l.zeros([2, 5])), [[2, 5]]); // prettier-ignore
  assert.deepEqual(shapesOf(d2l.zeros([64, 5]), d2l.zeros([2, 64])), [[64, 5], [2, 64]]); // prettier-ignore
});
