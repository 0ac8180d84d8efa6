import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as d2l from '../main.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Waits until what was dropped is freed; gives up after a while. */
async function settle(enough: () => boolean): Promise<void> {
  for (let i = 0; i < 50 && !enough(); i++) {
    collect();
    await sleep(10);
  }
}

class Pairs extends d2l.DataModule {
  readonly batchSize = 4;
  readonly x = d2l.ones([8, 3]) as d2l.tf.Tensor;
  readonly y = d2l.zeros([8], 'int32') as d2l.tf.Tensor;
  override getDataloader(train: boolean): d2l.TensorLoader {
    return this.getTensorloader([this.x, this.y], train);
  }
}

class Net extends d2l.Classifier {
  readonly net = new d2l.Sequential(new d2l.Linear(3, 50), new d2l.ReLU(), new d2l.LazyLinear(2));
  override configureOptimizers(): d2l.Adam {
    return new d2l.Adam(this.parameters(), 0.01);
  }
}

test('models and optimizers that nothing holds any more are freed, with their trainer', async () => {
  const data = new Pairs();
  const run = async (): Promise<void> => {
    const model = new Net();
    model.board.display = false;
    await new d2l.Trainer({ maxEpochs: 1, gradientClipVal: 1 }).fit(model, data);
  };
  const count = (): number => d2l.tf.memory().numTensors;
  const start = count();
  for (let i = 0; i < 5; i++) await run();
  await settle(() => count() <= start + 20);
  assert.ok(
    count() <= start + 20,
    `${count() - start} tensors stay of five models of fifteen variables each`,
  );
});

test('a parameter that is held keeps its value through collections and assignments, and can be disposed', async () => {
  const p = d2l.parameter(d2l.ones([2]) as d2l.tf.Tensor1D);
  p.assign(d2l.tf.tensor1d([3, 4]));
  collect();
  await sleep(20);
  assert.deepEqual([...p.dataSync()], [3, 4]);
  const before = d2l.tf.memory().numTensors;
  p.dispose();
  assert.equal(d2l.tf.memory().numTensors, before - 1);
  assert.equal(p.isDisposed, true);
});
