import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { backendInfo } from './backend.js';
import { forcedBackend, threads } from './settings.js';

const url = (file: string): string => new URL(file, import.meta.url).href;

/** Runs a script in a process of its own, as a user's program would be. */
function run(body: string, env: Record<string, string> = {}) {
  const code = `import { backendInfo, ready } from '${url('./backend.js')}';
    import { tf } from '${url('./tf.js')}';
    ${body}`;
  const options = { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 60_000 } as const;
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '-e', code],
    options,
  );
  return { status, signal, stdout: stdout.trim(), stderr: stderr.trim() };
}

const report = `await ready(); const { name, reason } = backendInfo();
  console.log(JSON.stringify([name, tf.getBackend(), tf.sum(tf.ones([3])).dataSync()[0], reason]));`;

test('TensorFlow is chosen where its library is found, in silence', () => {
  const { stdout, stderr, status } = run(report, { D2L_BACKEND: '' });
  const [name, active, sum, reason] = JSON.parse(stdout) as string[];
  assert.deepEqual([name, active, sum], ['tensorflow', 'tensorflow', 3]);
  assert.match(String(reason), /^TensorFlow 2\.\d+\.\d+ from .+ computes on /);
  assert.deepEqual({ stderr, status }, { stderr: '', status: 0 });
});

for (const name of ['wasm', 'cpu', 'tensorflow']) {
  test(`D2L_BACKEND=${name} computes on ${name}, in silence`, () => {
    const { stdout, stderr } = run(report, { D2L_BACKEND: name });
    assert.deepEqual((JSON.parse(stdout) as unknown[]).slice(0, 3), [name, name, 3]);
    assert.equal(stderr, '');
  });
}

test('without the library wasm computes, and one line says why and what to do', () => {
  const { stdout, stderr } = run(report, { D2L_BACKEND: '', TF_LIB_DIR: '/nowhere' });
  assert.deepEqual((JSON.parse(stdout) as unknown[]).slice(0, 3), ['wasm', 'wasm', 3]);
  assert.match(stderr, /^d2l-ts: wasm computes, .+ TF_LIB_DIR is \/nowhere, .+; correct it or unset it$/);
});

test('before ready() plain JavaScript stands in for wasm, and its tensors move over', () => {
  const { stdout } = run(
    'const x = tf.ones([2]); const early = tf.getBackend(); await ready(); console.log(early, tf.sum(x).dataSync()[0]);',
    { D2L_BACKEND: 'wasm' },
  );
  assert.equal(stdout, 'cpu 2');
});

test('a library that cannot be loaded is named, and wasm computes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'd2l-'));
  writeFileSync(join(folder, 'libtensorflow_cc.so.2'), 'no library at all');
  const { stdout, stderr } = run(report, { D2L_BACKEND: '', TF_LIB_DIR: folder });
  assert.equal((JSON.parse(stdout) as unknown[])[0], 'wasm');
  assert.ok(stderr.includes(`TensorFlow at ${folder}/libtensorflow_cc.so.2 cannot be used`), stderr);
});

test('a forced backend that is not there is an error, not a fallback', () => {
  const { status, stderr } = run(report, { D2L_BACKEND: 'tensorflow', TF_LIB_DIR: '/nowhere' });
  assert.equal(status, 1);
  assert.match(stderr, /Error: D2L_BACKEND is tensorflow but TF_LIB_DIR is \/nowhere/);
});

test('settings that make no sense are refused with what would', () => {
  assert.throws(() => forcedBackend('gpu'), /D2L_BACKEND is gpu, must be tensorflow, wasm or cpu/);
  assert.throws(() => threads('1.5'), /D2L_THREADS is 1\.5, must be a whole number/);
  assert.equal(threads('3'), 3);
  assert.equal(threads(''), undefined);
});

test('the process ends normally: by itself, by process.exit, and after an uncaught error', () => {
  assert.deepEqual(run('tf.ones([3]).print()').status, 0);
  assert.deepEqual(run('tf.ones([3]).sum(); process.exit(7)').status, 7);
  const failed = run('tf.ones([3]).sum(); throw new Error("on purpose")');
  assert.deepEqual([failed.status, failed.signal], [1, null]);
});

test('the process may exit while a captured step runs', () => {
  const { status, signal } = run(`
    const { capture } = await import('${url('./capture.js')}');
    const x = tf.ones([700, 700]);
    const step = capture(([x]) => { let y = x; for (let i = 0; i < 20; i++) y = tf.matMul(x, y); return [y]; });
    (await step.run([x]))[0].dispose();
    void step.run([x]);
    setTimeout(() => process.exit(3), 5);`);
  assert.deepEqual([status, signal], [3, null]);
});

test('child processes work, and worker threads have tensors of their own', () => {
  const worker = `const { parentPort } = require('node:worker_threads');
    import('${url('./tf.js')}').then(async ({ tf }) => {
      await import('${url('./backend.js')}');
      parentPort.postMessage(tf.sum(tf.range(0, 5)).dataSync()[0]);
    });`;
  const { stdout, status } = run(`
    import { Worker } from 'node:worker_threads';
    import { execFileSync } from 'node:child_process';
    const answer = () => new Promise((resolve, reject) => {
      const worker = new Worker(${JSON.stringify(worker)}, { eval: true, execArgv: [] });
      let got;
      worker.on('message', (value) => { got = value; });
      worker.on('error', reject);
      worker.on('exit', (code) => resolve([got, code]));
    });
    console.log(JSON.stringify([await answer(), await answer(), tf.sum(tf.ones([4])).dataSync()[0],
      execFileSync('echo', ['child']).toString().trim()]));`);
  assert.equal(stdout, '[[10,0],[10,0],4,"child"]');
  assert.equal(status, 0);
});

test('a later import of the whole of tfjs is whole, and shares our tensors', () => {
  const { stdout } = run(`
    const whole = await import('@tensorflow/tfjs');
    console.log(typeof whole.layers.dense, whole.add(tf.scalar(1), 2).dataSync()[0], whole.getBackend());`);
  assert.equal(stdout, `function 3 ${backendInfo().name}`);
});
