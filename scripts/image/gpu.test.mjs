/** @file What the CUDA image must do where there is no GPU: load every library that TensorFlow wants before it uses one. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Container } from './buildah.mjs';

const container = new Container(process.env.D2L_IMAGE);
const LIBRARIES = ['python3', '/opt/d2l-ts/docker/gpu_libs.py'];

describe('the CUDA image', () => {
  after(() => container.remove());

  test('lets the driver in', () => {
    const { Env } = container.config;
    assert.ok(Env.includes('NVIDIA_VISIBLE_DEVICES=all'));
    assert.ok(Env.includes('NVIDIA_DRIVER_CAPABILITIES=compute,utility'));
  });

  test('finds every CUDA library', () => {
    const { status, stdout, stderr } = container.run(LIBRARIES);
    assert.equal(status, 0, stdout + stderr);
  });

  test('would leave every GPU aside without our list of folders', () => {
    container.run(['bash', '-c', 'rm /etc/ld.so.conf.d/tensorflow-nvidia.conf && ldconfig'], { user: '0' });
    const { status, stdout } = container.run(LIBRARIES);
    assert.notEqual(status, 0);
    assert.match(stdout, /Cusolver: MISSING/);
  });
});
