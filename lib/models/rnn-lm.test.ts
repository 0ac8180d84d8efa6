import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import {
  assertClose,
  camel,
  CAPTURED,
  computed,
  fixture,
  gradients,
  setWeights,
  tensorOf,
  type Stored,
} from '../test/fixtures.js';
import { BiRNNScratch, GRUScratch, LSTMScratch, StackedRNNScratch } from '../test/scratch-models.js';

interface LanguageModelFixture {
  lr: number;
  clip: number;
  X: Stored;
  Y: Stored;
  weights: Record<string, Stored>;
  train_steps: {
    loss: number;
    grad_norm: number;
    logits: Stored;
    grads_unclipped: Record<string, Stored>;
    weights_after: Record<string, Stored>;
  }[];
}

/** A data module of one batch, never shuffled. */
class OneBatch extends d2l.DataModule {
  readonly batchSize = 2;
  constructor(readonly columns: d2l.tf.Tensor[]) {
    super();
  }
  override getDataloader(train: boolean): d2l.TensorLoader | undefined {
    return train ? this.getTensorloader(this.columns, false) : undefined;
  }
}

const models: Record<string, (lr: number) => d2l.RNNLMScratch<never>> = {
  RNNScratch: (lr) => new d2l.RNNLMScratch<never>(new d2l.RNNScratch(6, 3) as never, 6, lr),
  LSTMScratch: (lr) => new d2l.RNNLMScratch<never>(new LSTMScratch(6, 3) as never, 6, lr),
  GRUScratch: (lr) => new d2l.RNNLMScratch<never>(new GRUScratch(6, 3) as never, 6, lr),
  StackedRNNScratch: (lr) => new d2l.RNNLMScratch<never>(new StackedRNNScratch(6, 3, 2) as never, 6, lr),
  BiRNNScratch: (lr) => new d2l.RNNLMScratch<never>(new BiRNNScratch(6, 3) as never, 6, lr),
  nn_LSTM: (lr) => new d2l.RNNLM<never>(new d2l.LSTM(6, 3) as never, 6, lr),
  nn_GRU2: (lr) => new d2l.RNNLM<never>(new d2l.GRU(6, 3, 2) as never, 6, lr),
};

for (const [name, make] of Object.entries(models)) {
  test(`language model on ${name}: three steps of fit change the weights as PyTorch's`, async () => {
    const f = fixture<LanguageModelFixture>(`lm_${name}`);
    const X = tensorOf<d2l.Tensor2D>(f.X, 'int32');
    const Y = tensorOf<d2l.Tensor2D>(f.Y, 'int32');
    const model = make(f.lr);
    model.applyInit([X]);
    setWeights(model, f.weights);
    model.board.display = false;

    const steps = f.train_steps;
    for (const [i, step] of steps.entries()) {
      const [logits] = computed(() => [model.forward(X)] as const);
      assertClose(logits, step.logits, `logits ${i}`);
      const { value, grads } = gradients(model, {}, () => model.loss(model.forward(X), Y));
      assertClose(value, [step.loss], `loss ${i}`);
      for (const [key, g] of Object.entries(step.grads_unclipped)) {
        assertClose(grads.get(camel(key)) as d2l.Tensor, g, `gradient ${i} of ${key}`, 2e-5);
      }
      const norm = Math.sqrt(
        [...grads.values()].reduce((sum, g) => sum + (d2l.reduceSum(g.square()).dataSync()[0] ?? 0), 0),
      );
      assertClose([norm], [step.grad_norm], `gradient norm ${i}`);

      const trainer = new d2l.Trainer({ maxEpochs: 1, gradientClipVal: f.clip, capture: CAPTURED });
      await trainer.fit(model, new OneBatch([X, Y] as d2l.tf.Tensor[]));
      assertClose([trainer.history[0]?.train_ppl ?? NaN], [Math.exp(step.loss)], `perplexity ${i}`);
      for (const [key, w] of Object.entries(step.weights_after)) {
        assertClose(
          model.namedParameters().get(camel(key)) as d2l.Tensor,
          w,
          `weight ${key} after step ${i}`,
          2e-5,
        );
      }
    }
    assert.equal(steps.length, 3);
  });
}

test('the names of parameters are those of PyTorch in camel case', () => {
  const model = new d2l.RNNLM(new d2l.LSTM(6, 3), 6);
  model.applyInit([d2l.zeros([1, 2], 'int32')]);
  assert.deepEqual(
    [...model.namedParameters().keys()],
    [
      'rnn.rnn.weightIhL0',
      'rnn.rnn.weightHhL0',
      'rnn.rnn.biasIhL0',
      'rnn.rnn.biasHhL0',
      'linear.weight',
      'linear.bias',
    ],
  );
});

for (const [kind, Recurrent] of Object.entries({ LSTM: d2l.LSTM, GRU: d2l.GRU })) {
  test(`three epochs of ${kind} on a text: every mean is that of the book's loop in float64`, async () => {
    const wanted = fixture<Record<string, [train: number, val: number][]>>('epochs')[kind] ?? [];
    d2l.seed(2);
    const data = new d2l.TimeMachine(256, 32, { source: 'sample', numTrain: 600, numVal: 300 });
    const size = data.vocab.length;
    const model = new d2l.RNNLM<never>(new Recurrent(size, 32) as never, size, 4);
    model.applyInit([d2l.zeros([1, 2], 'int32')]);
    model.board.display = false;
    const trainer = new d2l.Trainer({ maxEpochs: 3, gradientClipVal: 1, capture: CAPTURED });
    await trainer.fit(model, data);
    const means = trainer.history.map(({ train_ppl = NaN, val_ppl = NaN }) => [train_ppl, val_ppl]);
    assertClose(means.flat(), wanted.flat(), 'perplexities', 2e-5);
    assert.equal(wanted.length, 3);
  });
}
