import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Runs code on a backend in a process of its own and gives what it prints. */
function on(backend: string, code: string): unknown {
  const main = new URL('../main.js', import.meta.url).href;
  const script = `import * as d2l from '${main}'; const { tf } = d2l; ${code}`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, D2L_BACKEND: backend },
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  });
  return JSON.parse(output);
}

const same = (code: string): void => assert.deepEqual(on('wasm', code), on('cpu', code));
const numbers = 'const whole = (...shape) => tf.reshape(tf.range(0, tf.util.sizeFromShape(shape)), shape);';
const show = 'console.log(JSON.stringify(out.map((x) => [x.shape, x.dtype, x.arraySync()])));';

test('products of matrices, also transposed and in batches, are those of plain JavaScript', () => {
  same(`${numbers}
    const out = [];
    for (const [ta, tb] of [[0, 0], [0, 1], [1, 0], [1, 1]]) {
      const [a, b] = [ta ? whole(3, 2) : whole(2, 3), tb ? whole(4, 3) : whole(3, 4)];
      out.push(tf.matMul(a, b, !!ta, !!tb));
      const [A, B] = [ta ? whole(2, 3, 2) : whole(2, 2, 3), tb ? whole(2, 4, 3) : whole(2, 3, 4)];
      out.push(tf.matMul(A, B, !!ta, !!tb));
    }
    ${show}`);
});

test('unstack, split, sums and clones are those of plain JavaScript', () => {
  same(`${numbers}
    const x = whole(4, 3, 2), flags = tf.greater(whole(2, 3), 2), rows = whole(5, 3);
    const out = [
      ...tf.unstack(x), ...tf.unstack(x, 1), ...tf.unstack(flags), ...tf.unstack(tf.cast(x, 'int32')),
      ...tf.split(x, 2), ...tf.split(x, [1, 3]), ...tf.split(x, [1, -1]), ...tf.split(x, 2, 2),
      tf.sum(rows, 0), tf.sum(rows, 0, true), tf.sum(rows, 1), tf.sum(rows), tf.sum(x, [0, 2]),
      tf.sum(tf.cast(rows, 'int32'), 0), tf.add(tf.sum(rows, 0), rows), tf.clone(x), tf.clone(flags),
    ];
    ${show}`);
});

test('a clone outlives its original, and nothing is left when all are disposed', () => {
  const left = on(
    'wasm',
    `const before = tf.memory().numDataBuffers;
    const x = tf.tensor([1, 2]);
    const y = tf.clone(x);
    x.dispose();
    const z = tf.tidy(() => tf.sum(tf.matMul(tf.ones([3, 2]), tf.ones([3, 2]), true), 0));
    const values = [...y.dataSync(), ...z.dataSync()];
    y.dispose();
    z.dispose();
    console.log(JSON.stringify([values, tf.memory().numDataBuffers - before]));`,
  );
  assert.deepEqual(left, [[1, 2, 6, 6], 0]);
});

test('products with one-hot vectors pick and add rows, with and without a 1, in vectors of four and otherwise', () => {
  same(`${numbers}
    const out = [];
    const places = tf.tensor2d([[2, 0, -1], [1, 7, 2]], [2, 3], 'int32');
    const vectors = tf.cast(tf.oneHot(places, 3), 'float32');
    for (const columns of [4, 8, 3]) {
      const table = whole(3, columns), rows = whole(3, columns);
      for (const part of tf.unstack(vectors)) {
        out.push(tf.matMul(part, table), tf.matMul(part, tf.transpose(table), false, true));
        out.push(tf.matMul(part, rows, true), tf.matMul(part, tf.transpose(rows), true, true));
      }
      out.push(tf.matMul(tf.reshape(vectors, [6, 3]), table));
      out.push(tf.matMul(tf.mul(tf.reshape(vectors, [6, 3]), 2), table));
    }
    const other = tf.cast(tf.oneHot(places, 3, 2, 1), 'float32');
    out.push(tf.matMul(tf.reshape(other, [6, 3]), whole(3, 4)));
    ${show}`);
});

test('transposed operands and sums of rows in blocks of four', () => {
  same(`${numbers}
    const a = whole(8, 4), b = whole(8, 12);
    const out = [tf.matMul(a, b, true), tf.matMul(b, b, false, true), tf.matMul(a, whole(4, 8), true, true)];
    out.push(tf.sum(b, 0), tf.sum(b, 0, true), tf.sum(whole(5, 4), 0), tf.add(tf.sum(a, 0), a));
    out.push(tf.sum(tf.zeros([0, 4]), 0));
    ${show}`);
});

test('exp and tanh are exact to a few units of the last place, at the ends too, whatever the count', () => {
  const xs = [
    -120, -88, -87, -9, -3.3, -1, -0.1, -1e-3, -3e-5, 0, 1e-6, 0.02, 0.7, 1, 2, 7.9, 8, 40, 88.5, 89,
  ];
  const values = on(
    'wasm',
    `const out = [];
    for (const xs of [${JSON.stringify(xs)}, ${JSON.stringify(xs.slice(0, 7))}, [0.3], []])
      out.push(xs.map(Math.fround), [...tf.exp(tf.tensor1d(xs)).dataSync()], [...tf.tanh(tf.tensor1d(xs)).dataSync()]);
    const ends = tf.tensor1d([NaN, Infinity, -Infinity, 0, NaN]);
    out.push([...tf.exp(ends).dataSync()].map(String), [...tf.tanh(ends).dataSync()].map(String));
    console.log(JSON.stringify(out, (_, x) => (x === Infinity ? 'Infinity' : x)));`,
  ) as (number | string)[][];
  assert.deepEqual(values.splice(-2), [
    ['NaN', 'Infinity', '0', '1', 'NaN'],
    ['NaN', '1', '-1', '0', 'NaN'],
  ]);
  for (let i = 0; i < values.length; i += 3) {
    const [given, exps, tanhs] = values.slice(i, i + 3) as [number[], number[], number[]];
    given.forEach((x, at) => {
      const close = (value: unknown, expected: number) =>
        assert.ok(
          Math.abs(Number(value) - expected) <= 4e-7 * Math.abs(expected) + 2e-38,
          `${x}: ${String(value)} is not ${expected}`,
        );
      if (x > 88.8) assert.equal(exps[at], 'Infinity');
      else close(exps[at], Math.exp(x));
      close(tanhs[at], Math.tanh(x));
    });
  }
});
