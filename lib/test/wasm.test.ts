import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const files = [
  'core/loss',
  'models/rnn-lm',
  'models/rnn-scratch',
  'models/seq2seq',
  'nn/layers',
  'nn/optim',
  'nn/recurrent',
];

test("the numbers are PyTorch's on the wasm backend too", () => {
  const paths = files.map((name) => fileURLToPath(new URL(`../${name}.test.js`, import.meta.url)));
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...paths], {
    env: { ...env, D2L_BACKEND: 'wasm' },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /# pass [1-9]\d/);
});
