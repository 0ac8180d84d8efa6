import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';

const X = d2l.ones([8, 1]);
const y = d2l.ones([8, 1]);

class Ones extends d2l.DataModule {
  readonly batchSize = 4;
  override getDataloader(train: boolean): d2l.TensorLoader | undefined {
    return train ? this.getTensorloader([X, y], false, [0, 8]) : undefined;
  }
}

/** A layer whose loss is spoilt in the way asked for, from the second step on. */
class Spoilt extends d2l.Module {
  readonly hidden = new d2l.Linear(1, 2);
  readonly output = new d2l.Linear(2, 1);
  readonly #steps = d2l.tf.variable(d2l.tf.scalar(0), false);
  constructor(readonly where: 'loss' | 'gradient' | 'nothing') {
    super();
    this.board.display = false;
  }
  override forward(x: d2l.Tensor): d2l.Tensor {
    return this.output.forward(this.hidden.forward(x));
  }
  override trainingStep(batch: d2l.Batch): d2l.Tensor {
    const error = this.forward(batch[0] as d2l.Tensor).sub(batch[1] as d2l.Tensor);
    const loss = error.square().mean();
    const first = d2l.tf.less(this.#steps, 1);
    this.#steps.assign(this.#steps.add(1));
    if (this.where === 'loss') return loss.add(d2l.tf.where(first, 0, d2l.tf.scalar(NaN)));
    if (this.where === 'nothing') return loss;
    // the root of 0 is sound, its slope is not
    const zero = this.hidden.weight.sum().sub(this.hidden.weight.sum());
    const root = d2l.tf.sqrt(d2l.tf.where(first, d2l.tf.scalar(1), zero));
    return loss.add(root);
  }
  override configureOptimizers(): d2l.SGD {
    return new d2l.SGD(this.parameters(), 0.1);
  }
}

const fit = async (model: d2l.Module, capture: boolean): Promise<void> => {
  await new d2l.Trainer({ maxEpochs: 2, detectNan: true, capture }).fit(model, new Ones());
};

for (const capture of [true, false]) {
  const how = capture ? 'recorded' : 'operation by operation';
  test(`a loss that becomes NaN is named with its step, ${how}`, async () => {
    await assert.rejects(fit(new Spoilt('loss'), capture), {
      message: /^the loss has become NaN or infinite in training step 1, epoch 1, before the update/,
    });
  });

  test(`the first gradient that becomes infinite is named, and the parameters stay finite, ${how}`, async () => {
    const model = new Spoilt('gradient');
    await assert.rejects(fit(model, capture), {
      message: /^the gradient of hidden\.weight has become NaN or infinite in training step 1, epoch 1/,
    });
    for (const [name, p] of model.namedParameters()) assert.ok([...p.dataSync()].every(isFinite), name);
  });

  test(`a parameter that was NaN before is named rather than what follows from it, ${how}`, async () => {
    const model = new Spoilt('nothing');
    model.output.bias?.assign(d2l.tensor([NaN]));
    await assert.rejects(fit(model, capture), {
      message: /^the parameter output\.bias has become NaN or infinite in training step 0, epoch 1/,
    });
  });

  test(`a sound training goes on, ${how}`, async () => {
    await fit(new Spoilt('nothing'), capture);
  });
}
