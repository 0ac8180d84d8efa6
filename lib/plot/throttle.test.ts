import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Throttle } from './throttle.js';

test('runs a request that comes too early later, once', async () => {
  let runs = 0;
  const throttle = new Throttle(() => runs++);
  throttle.request();
  throttle.request();
  throttle.request();
  assert.equal(runs, 1);
  assert.equal(throttle.pending, true);
  while (throttle.pending) await sleep(5);
  assert.equal(runs, 2);
});

test('flush runs what is owed and nothing else', () => {
  let runs = 0;
  const throttle = new Throttle(() => runs++);
  throttle.flush();
  throttle.request();
  throttle.flush();
  assert.equal(runs, 1);
  throttle.request();
  throttle.flush();
  assert.equal(runs, 2);
  throttle.request();
  throttle.reset();
  throttle.flush();
  assert.equal(runs, 2);
});

test('waits longer after a run that took long, so that it takes two percent of the time', () => {
  let time = 0;
  const waits: number[] = [];
  const clock = {
    now: (): number => time,
    after(delay: number): () => void {
      waits.push(delay);
      return () => undefined;
    },
  };
  const throttle = new Throttle(() => (time += 10), { clock });
  throttle.request();
  throttle.request();
  // a first run of 10 ms counts for 3 ms, in case it was an exception: 3 / 0.02 = 150 ms from its start
  assert.deepEqual(waits, [140]);
});
