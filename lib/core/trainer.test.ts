import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { inspect } from 'node:util';
import * as d2l from '../main.js';

/** y = 2x on ten batches of training and five of validation. */
class Line extends d2l.DataModule {
  readonly x: d2l.tf.Tensor;
  readonly y: d2l.tf.Tensor;
  constructor(
    readonly batchSize = 4,
    readonly numTrain = 40,
    readonly numVal = 20,
  ) {
    super();
    const x = Array.from({ length: numTrain + numVal }, (_, i) => [i / 60]);
    this.x = d2l.tensor(x);
    this.y = d2l.tensor(x.map(([v = 0]) => [2 * v]));
  }
  override getDataloader(train: boolean): d2l.TensorLoader | undefined {
    if (!train && this.numVal === 0) return undefined;
    const { numTrain, numVal } = this;
    return this.getTensorloader(
      [this.x, this.y],
      train,
      train ? [0, numTrain] : [numTrain, numTrain + numVal],
    );
  }
}

class Regression extends d2l.Module {
  readonly net = new d2l.Linear(1, 1);
  modes: boolean[] = [];
  constructor(readonly lr: number | undefined = 0.1) {
    super();
    this.board.display = false;
  }
  override forward(x: d2l.Tensor): d2l.Tensor {
    this.modes.push(this.training);
    return this.net.forward(x);
  }
  override loss(yHat: d2l.Tensor, y: d2l.Tensor): d2l.Tensor {
    return d2l.reduceMean(yHat.sub(y as d2l.tf.Tensor).square());
  }
}

const xs = (model: d2l.Module, label: string): number[] =>
  (model.board.data.get(label) ?? []).map(({ x }) => Math.round(x * 1e6) / 1e6);

test('curves have the points of d2l: two per epoch in training, one per epoch in validation', async () => {
  const model = new Regression();
  const trainer = new d2l.Trainer({ maxEpochs: 3 });
  await trainer.fit(model, new Line());
  assert.deepEqual(xs(model, 'train_loss'), [0.2, 0.7, 1.2, 1.7, 2.2, 2.7]);
  assert.deepEqual(xs(model, 'val_loss'), [1, 2, 3]);
  assert.deepEqual([...(model.board.xlim ?? [])], [0, 3]);
  assert.equal(model.board.xlabel, 'epoch');
  assert.equal(trainer.numTrainBatches, 10);
  assert.equal(trainer.numValBatches, 5);
  assert.equal(trainer.trainBatchIdx, 30);
  assert.equal(trainer.valBatchIdx, 15);
});

test('with fewer batches than points wanted every batch is a point', async () => {
  const model = new Regression();
  await new d2l.Trainer({ maxEpochs: 2 }).fit(model, new Line(40, 40, 0));
  assert.deepEqual(xs(model, 'train_loss'), [0, 1]);
  assert.equal(model.board.data.has('val_loss'), false);
});

test('fit trains: the loss falls and the weight nears 2; the history says so', async () => {
  d2l.seed(0);
  const model = new Regression(0.5);
  const trainer = new d2l.Trainer({ maxEpochs: 30 });
  await trainer.fit(model, new Line());
  assert.ok(Math.abs((model.net.weight.dataSync()[0] ?? 0) - 2) < 0.05);
  assert.deepEqual(
    trainer.history.map(({ epoch }) => epoch),
    Array.from({ length: 30 }, (_, i) => i + 1),
  );
  const [first, last] = [trainer.history[0], trainer.history.at(-1)];
  assert.ok((last?.train_loss ?? 1) < (first?.train_loss ?? 0) / 10);
  assert.ok((last?.val_loss ?? 1) < 1e-3);
});

test('training steps run in training mode, validation steps and what follows fit in evaluation mode', async () => {
  const model = new Regression();
  await new d2l.Trainer({ maxEpochs: 1 }).fit(model, new Line());
  assert.ok(model.modes.includes(true) && model.modes.includes(false));
  assert.equal(model.modes.indexOf(false) > model.modes.lastIndexOf(true), true);
  assert.equal(model.training, false);
  assert.equal(model.net.training, false);
});

test('a trainer begins anew with the next model, and goes on with the same one on request', async () => {
  const trainer = new d2l.Trainer({ maxEpochs: 2 });
  await trainer.fit(new Regression(), new Line());
  const model = new Regression();
  await trainer.fit(model, new Line());
  assert.equal(trainer.epoch, 2);
  assert.equal(trainer.history.length, 2);
  const { optimizer } = trainer;
  trainer.maxEpochs = 3;
  await trainer.fit(model, new Line(), { resume: true });
  assert.equal(trainer.epoch, 3);
  assert.equal(trainer.trainBatchIdx, 30);
  assert.equal(trainer.history.length, 3);
  assert.equal(trainer.optimizer, optimizer);
  assert.deepEqual(xs(model, 'val_loss'), [1, 2, 3]);
});

test('one seed gives one run: weights, batch order and losses are the same twice', async () => {
  const run = async (n: number): Promise<number[]> => {
    d2l.seed(n);
    const model = new Regression();
    const trainer = new d2l.Trainer({ maxEpochs: 2 });
    await trainer.fit(model, new Line());
    return trainer.history.map((record) => record.train_loss ?? NaN);
  };
  const first = await run(7);
  assert.deepEqual(await run(7), first);
  assert.notDeepEqual(await run(8), first);
});

test('training that was saved goes on as if it had never stopped: Adam, epoch, history and curves', async () => {
  class WithAdam extends Regression {
    override configureOptimizers(): d2l.Adam {
      return new d2l.Adam(this.parameters(), 0.05);
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'd2l-ts-'));
  const path = join(folder, 'training.safetensors');
  const data = new Line(4, 40, 20);
  data.trainDataloader = () => data.getTensorloader([data.x, data.y], false, [0, 40]); // always in one order
  try {
    d2l.seed(3);
    const whole = new WithAdam();
    await new d2l.Trainer({ maxEpochs: 4 }).fit(whole, data);
    d2l.seed(3);
    const half = new WithAdam();
    const first = new d2l.Trainer({ maxEpochs: 2 });
    assert.throws(() => first.save(path), /no training to save yet/);
    await first.fit(half, data);
    first.save(path);
    const second = new d2l.Trainer({ maxEpochs: 4 });
    const restored = new WithAdam();
    second.load(path, restored);
    await second.fit(restored, data, { resume: true });
    assert.deepEqual(
      second.history.map(({ epoch }) => epoch),
      [1, 2, 3, 4],
    );
    assert.equal(second.trainBatchIdx, 40);
    const numbers = (model: WithAdam): number[] => model.parameters().flatMap((p) => [...p.dataSync()]);
    numbers(whole).forEach((value, i) => assert.ok(Math.abs(value - (numbers(restored)[i] ?? NaN)) < 1e-6));
    half.save(path);
    assert.throws(
      () => second.load(path, restored),
      /holds a model but no training: load it with model\.load/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('an optimizer from scratch, which only knows how to step, trains like the one of the library', async () => {
  class ByHand implements d2l.Optimizer {
    constructor(
      readonly params: readonly d2l.Parameter[],
      readonly lr: number,
    ) {}
    step(gradients: readonly (d2l.Tensor | undefined)[]): void {
      this.params.forEach((p, i) => {
        const g = gradients[i];
        if (g !== undefined) p.assign(p.sub(g.mul(this.lr)));
      });
    }
  }
  class Scratch extends Regression {
    override configureOptimizers(): d2l.Optimizer {
      return new ByHand(this.parameters(), this.lr ?? 0);
    }
  }
  const weight = async (make: () => Regression): Promise<number> => {
    d2l.seed(11);
    const model = make();
    await new d2l.Trainer({ maxEpochs: 2 }).fit(model, new Line());
    return model.net.weight.dataSync()[0] ?? NaN;
  };
  const expected = await weight(() => new Regression());
  assert.ok(Math.abs((await weight(() => new Scratch())) - expected) < 1e-6);
});

test('recorded and eager steps train alike, dropout included', async () => {
  const train = async (capture: boolean): Promise<number[]> => {
    d2l.seed(2);
    const model = new d2l.RNNLM(new d2l.GRU(6, 5, 2, 0.5), 6, 1);
    model.board.display = false;
    class Text extends d2l.DataModule {
      readonly batchSize = 4;
      readonly X = d2l.reshape(d2l.arange(60), [10, 6]).mod(d2l.tf.scalar(6, 'int32')) as d2l.tf.Tensor;
      override getDataloader(isTrain: boolean): d2l.TensorLoader {
        return this.getTensorloader([this.X, this.X], isTrain);
      }
    }
    const trainer = new d2l.Trainer({ maxEpochs: 3, gradientClipVal: 1, capture });
    await trainer.fit(model, new Text());
    const weights = model.parameters().flatMap((p) => [...p.dataSync()]);
    return [
      ...weights,
      ...trainer.history.flatMap(({ train_ppl, val_ppl }) => [train_ppl ?? NaN, val_ppl ?? NaN]),
    ];
  };
  const recorded = await train(true);
  const eager = await train(false);
  assert.equal(recorded.length, eager.length);
  eager.forEach((value, i) =>
    assert.ok(Math.abs(value - (recorded[i] ?? NaN)) < 1e-4, `${value}, not ${recorded[i]}`),
  );
});

test('a step that reads values runs eagerly, trains the same, and says so once', async () => {
  class Reading extends Regression {
    override loss(yHat: d2l.Tensor, y: d2l.Tensor): d2l.Tensor {
      yHat.dataSync();
      return super.loss(yHat, y);
    }
  }
  const { warn } = console;
  const said: string[] = [];
  console.warn = (text: string) => said.push(text);
  try {
    const model = new Reading();
    await new d2l.Trainer({ maxEpochs: 2 }).fit(model, new Line());
    assert.deepEqual(xs(model, 'val_loss'), [1, 2]);
    assert.deepEqual(xs(model, 'train_loss'), [0.2, 0.7, 1.2, 1.7]);
  } finally {
    console.warn = warn;
  }
  if (d2l.backendInfo().name === 'tensorflow') {
    assert.match(said[0] ?? '', /reads the values/);
    assert.equal(new Set(said).size, said.length);
  }
});

test('a number made in JavaScript is drawn and kept in the history like a tensor', async () => {
  class Counting extends Regression {
    steps = 0;
    override trainingStep(batch: d2l.Batch): d2l.Tensor {
      const loss = super.trainingStep(batch);
      this.plot('steps', this.steps++, true);
      return loss;
    }
  }
  const warn = mock.method(console, 'warn', () => undefined);
  const model = new Counting();
  const trainer = new d2l.Trainer({ maxEpochs: 2 });
  await trainer.fit(model, new Line());
  warn.mock.restore();
  const [first, second] = trainer.history.map((record) => record['train_steps'] ?? NaN);
  assert.equal((second ?? 0) - (first ?? 0), 10); // ten steps more, on average
  assert.deepEqual(xs(model, 'train_steps'), xs(model, 'train_loss'));
  const said = warn.mock.calls.map(({ arguments: [text] }) => String(text));
  const recorded = d2l.backendInfo().name === 'tensorflow';
  assert.deepEqual(
    [said.length, /plots the number 'steps', which JavaScript made/.test(said[0] ?? '')],
    recorded ? [1, true] : [0, false],
  );
});

test('a trainer says how far it is, on the board while it trains and in a cell', async () => {
  const model = new Regression();
  const said: [number, string][] = [];
  model.board.showProgress = (...progress) => void said.push(progress);
  const trainer = new d2l.Trainer({ maxEpochs: 2 });
  assert.equal(inspect(trainer), 'Trainer(maxEpochs=2, numGpus=0, gradientClipVal=0, capture=true)');
  await trainer.fit(model, new Line());
  assert.equal(said.length, 20);
  assert.deepEqual(said[0], [1, '1 of 2']);
  assert.match(said[11]?.[1] ?? '', /^2 of 2, 1 s left$/);
  assert.deepEqual(said[19], [2, '2 of 2']);
  assert.match(inspect(trainer), /after epoch 2 of 2: train_loss [\d.e-]+, val_loss [\d.e-]+$/);
  assert.match(inspect(trainer.optimizer), /^SGD\(lr=0.1, momentum=0, weightDecay=0\)$/);
  assert.equal(
    inspect(new Line().trainDataloader()),
    'TensorLoader(10 batches of (4, 1) float32, (4, 1) float32, shuffled)',
  );
});

test('stopping the cell between two steps keeps the weights and finishes the board', async () => {
  const stop = new AbortController();
  const host = globalThis as { [key: symbol]: unknown };
  const SIGNAL = Symbol.for('d2l-ts.signal');
  host[SIGNAL] = () => stop.signal;
  try {
    const model = new Regression();
    let ended = 0;
    const trainer = new d2l.Trainer({
      maxEpochs: 100,
      onBatchEnd: ({ trainBatchIdx }) => {
        if (trainBatchIdx === 13) stop.abort(new Error('stopped by the user'));
      },
      onFitEnd: () => ended++,
    });
    const before = d2l.tf.memory().numTensors;
    await assert.rejects(trainer.fit(model, new Line()), { message: 'stopped by the user' });
    assert.equal(trainer.trainBatchIdx, 13);
    assert.equal(ended, 1);
    assert.deepEqual(xs(model, 'train_loss'), [0.2, 0.7]);
    const weight = model.net.weight.dataSync()[0] ?? NaN;
    assert.ok(Number.isFinite(model.net.forward(d2l.tensor([[1]])).dataSync()[0]) && Number.isFinite(weight));
    host[SIGNAL] = undefined;
    trainer.maxEpochs = 2;
    await trainer.fit(model, new Line());
    assert.equal(trainer.trainBatchIdx, 20);
    assert.ok(d2l.tf.memory().numTensors - before < 20);
  } finally {
    delete host[SIGNAL];
  }
});

test('no tensor is left behind by epochs', async () => {
  const counts: number[] = [];
  const trainer = new d2l.Trainer({
    maxEpochs: 4,
    gradientClipVal: 1,
    onEpochEnd: () => counts.push(d2l.tf.memory().numTensors),
  });
  await trainer.fit(new Regression(), new Line());
  assert.deepEqual(new Set(counts).size, 1, `tensors after each epoch: ${counts.join(', ')}`);
});

test('early stopping ends fit when the curve no longer falls, and refuses a curve that is not there', async () => {
  const trainer = new d2l.Trainer({ maxEpochs: 50, onEpochEnd: d2l.earlyStopping({ patience: 2 }) });
  await trainer.fit(new Regression(1e-12), new Line());
  assert.equal(trainer.epoch, 3);
  const other = new d2l.Trainer({
    maxEpochs: 2,
    onEpochEnd: d2l.earlyStopping({ patience: 1, monitor: 'val_acc' }),
  });
  await assert.rejects(other.fit(new Regression(), new Line()), {
    message: 'earlyStopping watches val_acc, but the curves are train_loss, val_loss',
  });
});

test('a learning rate that is a function of the step is used', async () => {
  class Scheduled extends Regression {
    override configureOptimizers(): d2l.SGD {
      return new d2l.SGD(this.parameters(), (step) => (step === 0 ? 0.25 : 0));
    }
  }
  class Plain extends Regression {
    override configureOptimizers(): d2l.SGD {
      return new d2l.SGD(this.parameters(), 0.25);
    }
  }
  const weight = async (model: Regression, epochs: number): Promise<number | undefined> => {
    d2l.nn.initConstant(model.net.weight, 1);
    d2l.nn.initConstant(model.net.bias as d2l.Parameter, 0);
    await new d2l.Trainer({ maxEpochs: epochs }).fit(model, new Line(40, 40, 0));
    return model.net.weight.dataSync()[0];
  };
  assert.equal(await weight(new Scheduled(), 5), await weight(new Plain(), 1));
});

test('mistakes are named: options, epochs, learning rate, loss, data and plots outside of fit', async () => {
  assert.throws(
    () => new d2l.Trainer({ maxEpoch: 3 } as never),
    /Trainer has no option 'maxEpoch': it knows maxEpochs/,
  );
  assert.throws(
    () => new d2l.Trainer({ maxEpochs: 1.5 }),
    /maxEpochs must be a whole number of epochs, got 1.5/,
  );
  const trainer = new d2l.Trainer({ maxEpochs: 1 });
  const noRate = new Regression();
  Object.assign(noRate, { lr: undefined });
  await assert.rejects(trainer.fit(noRate, new Line()), /Regression has no learning rate/);
  await assert.rejects(trainer.fit(new Regression(), new Line(4, 0)), /Line gives no training batches/);
  class Silent extends d2l.Module {
    readonly lr = 0.1;
    readonly net = new d2l.Linear(1, 1);
  }
  await assert.rejects(trainer.fit(new Silent(), new Line()), /Silent has no loss/);
  assert.throws(() => new Regression().plot('loss', 1, true), /plot\('loss'\) needs a trainer/);
});
