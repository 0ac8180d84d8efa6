import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import { capture } from './capture.js';
import { nodeBackend } from './kernels.js';
import { placeOnCpu } from './placement.js';

const device = (type: string) => ({ name: `/device:${type}:0`, type, memoryBytes: 0 });

test('work is kept to the CPU where there is a GPU too, and goes back to it afterwards', () => {
  const binding = { devices: [device('CPU'), device('GPU')], isUsingGpuDevice: () => true, opDevice: '' };
  const end = placeOnCpu(binding);
  assert.equal(binding.opDevice, '/device:CPU:0');
  end();
  assert.equal(binding.opDevice, '');
});

test('without a GPU nothing is placed', () => {
  const binding = { devices: [device('CPU')], isUsingGpuDevice: () => false, opDevice: '' };
  placeOnCpu(binding);
  assert.equal(binding.opDevice, '');
});

test(
  'ops, variables and captured steps compute where they are placed',
  { skip: !nodeBackend() },
  async () => {
    const binding = nodeBackend()?.binding;
    assert.ok(binding);
    const name = binding.devices.find(({ type }) => type === 'CPU')?.name ?? '';
    binding.opDevice = name; // by hand, for there may be no GPU here
    try {
      const v = d2l.tf.variable(d2l.tensor([1, 2]));
      const step = capture(([x]) => {
        v.assign(v.add(x as d2l.tf.Tensor));
        return [v.sum()];
      });
      const [sum] = await step.run([d2l.tensor([10, 20])]);
      assert.deepEqual([...(sum?.dataSync() ?? [])], [33]);
      assert.deepEqual([...v.mul(2).dataSync()], [22, 44]);
      step.dispose();
    } finally {
      binding.opDevice = '';
    }
  },
);
