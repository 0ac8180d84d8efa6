/** @file PyTorch's numbers in every way that they can be made; the files themselves run operation by operation on TensorFlow. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { backendInfo } from '../engine/backend.js';
import '../main.js';

/** All files that compare with a fixture. */
const files = [
  'core/loss',
  'models/rnn-lm',
  'models/rnn-scratch',
  'models/seq2seq',
  'nn/layers',
  'nn/optim',
  'nn/recurrent',
  'text/bleu',
  'text/text',
];
const needs =
  backendInfo().name === 'tensorflow' ? false : 'only TensorFlow records, and it computes nothing here';

/** Runs the files with these settings, all in one process of their own: the engine starts once. */
function passes(settings: Record<string, string>, names: readonly string[]): void {
  const imports = names.map(
    (name) => `await import('${new URL(`../${name}.test.js`, import.meta.url).href}');`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--enable-source-maps', '--input-type=module', '--eval', imports.join('\n')];
  const { status, stdout } = spawnSync(process.execPath, args, {
    env: { ...env, ...settings },
    encoding: 'utf8',
  });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /# pass [1-9]/);
  assert.doesNotMatch(stdout, /runs operation by operation/);
}

test("the numbers are PyTorch's on the wasm backend", () => passes({ D2L_BACKEND: 'wasm' }, files));

test('nothing is left behind on the wasm backend: by cells, steps, epochs, stops and models that are gone', () => {
  passes({ D2L_BACKEND: 'wasm' }, ['core/lifetime']); // its first test wants a process in which nothing was made
  passes({ D2L_BACKEND: 'wasm' }, ['core/parameter', 'core/trainer']);
});

test("the numbers are PyTorch's in recorded steps", { skip: needs }, () =>
  passes({ D2L_BACKEND: 'tensorflow', D2L_TEST_STEPS: 'captured' }, files),
);
