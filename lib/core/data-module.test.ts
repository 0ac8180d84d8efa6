import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';

class Numbers extends d2l.DataModule {
  constructor(
    readonly batchSize: number,
    readonly columns: readonly d2l.tf.Tensor[],
  ) {
    super();
  }
  override getDataloader(train: boolean): d2l.TensorLoader {
    return this.getTensorloader(this.columns, train);
  }
}

const ids = d2l.arange(10) as d2l.tf.Tensor;
const pairs = d2l.tensor(Array.from({ length: 10 }, (_, i) => [i, -i])) as d2l.tf.Tensor;
const rows = (loader: d2l.DataLoader): number[] =>
  [...loader].flatMap(([column]) => [...(column?.dataSync() ?? [])]);

test('batches keep the order in validation, hold the short last one, and know their number', () => {
  const loader = new Numbers(4, [ids, pairs]).valDataloader() as d2l.TensorLoader;
  assert.equal(loader.length, 3);
  const batches = [...loader];
  assert.deepEqual(
    batches.map((batch) => batch.map((column) => column.shape)),
    [
      [[4], [4, 2]],
      [[4], [4, 2]],
      [[2], [2, 2]],
    ],
  );
  assert.deepEqual(rows(loader), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(batches[0]?.[0]?.dtype, 'int32');
});

test('training shuffles rows anew each pass, the columns together, repeatably after seed', () => {
  const data = new Numbers(4, [ids, pairs]);
  d2l.seed(5);
  const loader = data.trainDataloader() as d2l.TensorLoader;
  const [first, second] = [rows(loader), rows(loader)];
  assert.notDeepEqual(first, second);
  assert.deepEqual(
    [...first].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  d2l.seed(5);
  assert.deepEqual(rows(data.trainDataloader() as d2l.TensorLoader), first);
  for (const [id, pair] of loader) {
    const values = [...(pair?.dataSync() ?? [])];
    assert.deepEqual(
      [...(id?.dataSync() ?? [])].flatMap((i) => [i, i === 0 ? -0 : -i]),
      values,
    );
  }
});

test('a range of rows is cut at the end of the data', () => {
  const data = new Numbers(4, [ids]);
  assert.deepEqual(rows(data.getTensorloader([ids], false, [7, 99])), [7, 8, 9]);
  assert.equal(data.getTensorloader([ids], false, [20, 30]).length, 0);
});

test('columns of unequal length and impossible batch sizes are refused', () => {
  assert.throws(
    () => new Numbers(4, [ids, d2l.arange(9) as d2l.tf.Tensor]).trainDataloader(),
    /equally many rows, got 10, 9/,
  );
  assert.throws(() => new Numbers(0, [ids]).trainDataloader(), /batchSize must be a positive integer, got 0/);
});
