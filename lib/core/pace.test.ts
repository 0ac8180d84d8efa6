import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, Pace } from './pace.js';

test('the time left follows from the share done since the first report', () => {
  let now = 0;
  const pace = new Pace(() => now);
  assert.equal(pace.left(0.1), undefined); // the first step was slow and says nothing
  now = 2000;
  assert.equal(pace.left(0.3), 7);
  assert.equal(pace.left(1), 0);
});

test('durations read as people say them', () => {
  assert.deepEqual([0.2, 59, 60, 125, 3780].map(duration), [
    '1 s',
    '59 s',
    '1 min 0 s',
    '2 min 5 s',
    '1 h 3 min',
  ]);
});
