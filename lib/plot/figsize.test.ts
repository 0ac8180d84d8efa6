import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';

const sizes = (): number[][] =>
  [d2l.linePlot([1, 2], [1, 2]), d2l.listLenPairHist(['a', 'b'], 'x', 'y', [['a']], [['b', 'c']])].map(
    ({ chart }) => [chart.width, chart.height],
  );

test('setFigsize sizes the figures that follow, and takes it back', () => {
  d2l.setFigsize([5, 3]);
  const board = new d2l.ProgressBoard();
  assert.deepEqual(
    [...sizes(), board.figsize],
    [
      [600, 360],
      [600, 360],
      [5, 3],
    ],
  );
  const own = d2l.linePlot([1, 2], [1, 2], { figsize: [2, 1] }).chart;
  assert.deepEqual([own.width, own.height], [240, 120]);
  d2l.setFigsize();
  assert.deepEqual(sizes(), [
    [420, 300],
    [420, 300],
  ]);
  assert.throws(() => d2l.setFigsize([4, 0]), /above 0 inches, got 4 and 0/);
});
