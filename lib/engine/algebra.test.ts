import assert from 'node:assert/strict';
import { before, describe, mock, test } from 'node:test';
import { backendInfo, ready } from './backend.js';
import { capture } from './capture.js';
import { Graph } from './graph.js';
import { tf } from './tf.js';

before(ready);
const onTensorFlow = {
  skip: backendInfo().name === 'tensorflow' ? false : 'TensorFlow is not installed',
};

/** Small whole numbers, so that sums in another order are equal to the last bit. */
const whole = (...shape: number[]): tf.Tensor =>
  tf.tidy(() => tf.sub(tf.mod(tf.mul(tf.range(0, tf.util.sizeFromShape(shape)), 7), 5), 2).reshape(shape));
const words = (...shape: number[]): tf.Tensor => tf.tidy(() => tf.cast(tf.abs(whole(...shape)), 'int32'));

/** A table's rows with a derivative that a captured step can take: sums of equal rows. */
const lookUp = (table: tf.Tensor2D, indices: tf.Tensor): tf.Tensor =>
  tf.customGrad((weights, save) => {
    (save as tf.GradSaveFunc)([indices]);
    const gradFunc = (dy: tf.Tensor, [saved]: tf.Tensor[]) =>
      tf.unsortedSegmentSum(
        tf.reshape(dy, [-1, table.shape[1]]),
        tf.reshape(saved as tf.Tensor, [-1]) as tf.Tensor1D,
        table.shape[0],
      );
    return { value: tf.gather(weights as tf.Tensor2D, indices), gradFunc };
  })(table);

/**
 * Value and derivatives of a sum, op by op and captured, which must be the same numbers.
 *
 * @returns the names of the captured step's ops, those of no use included.
 */
async function compared(
  f: (indices: tf.Tensor, ...variables: tf.Tensor[]) => tf.Tensor,
  indices: tf.Tensor,
  variables: tf.Tensor[],
): Promise<string[]> {
  const program = ([x]: readonly tf.Tensor[]): tf.Tensor[] => {
    const by = tf.valueAndGrads((...factors: tf.Tensor[]) => {
      const y = f(x as tf.Tensor, ...factors);
      return tf.sum(tf.mul(y, whole(...y.shape))) as tf.Scalar;
    })(variables);
    return [by.value, ...by.grads];
  };
  const expected = tf.tidy(() => program([indices]));
  const node = mock.method(Graph.prototype, 'node');
  const step = capture(program);
  const actual = await step.run([indices]);
  const names = node.mock.calls.map((call) => call.arguments[0]);
  node.mock.restore();
  const numbers = (tensors: readonly tf.Tensor[]) => tensors.map((t) => [t.shape, [...t.dataSync()]]);
  assert.deepEqual(numbers(actual), numbers(expected));
  step.dispose();
  tf.dispose([...actual, ...expected, indices, ...variables]);
  return names;
}

const times = (names: readonly string[], name: string): number => names.filter((n) => n === name).length;
const rows = (x: tf.Tensor): tf.Tensor2D => tf.reshape(x, [-1, x.shape.at(-1) ?? 1]) as tf.Tensor2D;

describe('products with rows that repeat', onTensorFlow, () => {
  test('a table is multiplied in place of the rows looked up, its gradients summed before', async () => {
    const names = await compared(
      (x, table, w, b) => tf.add(tf.matMul(rows(lookUp(table as tf.Tensor2D, x)), w, false, true), b),
      words(4, 6),
      [whole(3, 5), whole(2, 5), whole(2)],
    );
    assert.equal(
      times(names, 'UnsortedSegmentSum'),
      1,
      'sums of equal rows are made once for both gradients',
    );
  });

  test('rows are looked up first where the table is larger', async () => {
    const names = await compared(
      (x, table, w) => tf.matMul(rows(lookUp(table as tf.Tensor2D, x)), w),
      words(2, 2),
      [whole(9, 5), whole(5, 2)],
    );
    assert.equal(times(names, 'GatherV2'), 1);
    assert.equal(times(names, 'Slice'), 0);
  });

  test('a context beside each step is multiplied once, with bias and transposed matrix or not', async () => {
    for (const turned of [false, true]) {
      const names = await compared(
        (x, table, context, w, u, b) => {
          const steps = lookUp(table as tf.Tensor2D, x);
          const inputs = rows(tf.concat([steps, tf.tile(context, [4, 1, 1])], -1));
          const product = (matrix: tf.Tensor) => tf.add(tf.matMul(inputs, matrix, false, turned), b);
          return tf.mul(product(w), product(u));
        },
        words(4, 6),
        [
          whole(3, 2),
          whole(1, 6, 3),
          ...[1, 2].map((n) => (turned ? tf.mul(whole(2, 5), n) : tf.mul(whole(5, 2), n))),
          whole(2),
        ],
      );
      assert.equal(times(names, 'UnsortedSegmentSum'), 2, 'one for each product');
    }
  });

  test('one-hot vectors pick rows, also backwards and step by step; no 1 picks zeros', async () => {
    const names = await compared(
      (x, w, u, b) => {
        const inputs = tf.oneHot(x as tf.Tensor1D, 4, 1, 0, 'float32');
        const steps = [...tf.unstack(inputs), ...tf.unstack(tf.reverse(inputs, 0))] as tf.Tensor2D[];
        let h: tf.Tensor = tf.zeros([9, 2]);
        for (const step of steps) h = tf.sub(tf.add(tf.add(tf.matMul(step, w), tf.matMul(h, u)), b), h);
        return h;
      },
      tf.tidy(() => tf.cast(tf.sub(tf.mul(words(3, 9), 3), 1), 'int32')),
      [whole(4, 2), tf.tensor2d([[1, 0], [0, -1]]), whole(2)], // prettier-ignore
    );
    assert.equal(times(names, 'GatherV2'), 12, 'six steps: with the bias and, for nobody, without');
    assert.equal(times(names, 'Pad'), 1, 'the matrix is prepared once');
  });

  test('a product and its bias are one op where a CPU computes', async () => {
    const names = await compared((_, x, w, b) => tf.add(tf.matMul(x, w, false, true), b), words(1), [
      whole(3, 4),
      whole(2, 4),
      whole(2),
    ]);
    assert.equal(times(names, '_FusedMatMul'), backendInfo().gpus.length > 0 ? 0 : 1);
  });

  test('other sums and products are as they were', async () => {
    await compared(
      (_, a, b, c) => {
        const sum = tf.add(tf.matMul(a, b), tf.matMul(c, b));
        const apart = tf.split(tf.reshape(sum, [2, 3, 4]), [1, 3], 2);
        return tf.add(tf.sum(apart[1] as tf.Tensor, 0), tf.sum(tf.mul(sum, sum)));
      },
      words(1),
      [whole(6, 5), whole(5, 4), whole(6, 5)],
    );
  });
});
