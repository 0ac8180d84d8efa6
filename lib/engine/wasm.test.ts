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
