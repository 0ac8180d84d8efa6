/** @file What %timeit runs: a function, often enough to trust the mean. */
import { types } from 'node:util';
import { duration } from '../duration.js';

const TARGET_MS = 200;
const REPEATS = 7;

/** Loops until a round takes long enough, then times some rounds. Prints mean, spread and counts. */
export async function timeit(body: () => unknown): Promise<void> {
  const round = async (loops: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < loops; i++) {
      const value = body();
      if (types.isPromise(value)) await value;
    }
    return performance.now() - start;
  };
  let loops = 1;
  for (let ms = await round(loops); ms < TARGET_MS / 10 && loops < 1e9; ms = await round(loops)) loops *= 10;
  const times: number[] = [];
  for (let i = 0; i < REPEATS; i++) times.push((await round(loops)) / loops);
  const mean = times.reduce((a, b) => a + b) / REPEATS;
  const spread = Math.sqrt(times.reduce((sum, t) => sum + (t - mean) ** 2, 0) / REPEATS);
  console.log(
    `${duration(mean)} ± ${duration(spread)} a loop (mean ± std of ${REPEATS} rounds of ${loops} loops)`,
  );
}
