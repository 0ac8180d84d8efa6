/** @file What the library says to a reader's mistakes: both values, the name of the layer, and the next step. */
import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import * as d2l from '../main.js';

class Rows extends d2l.DataModule {
  constructor(readonly batches: readonly d2l.Batch[]) {
    super();
  }
  readonly batchSize = 1;
  override getDataloader(): d2l.DataLoader {
    return Object.assign([...this.batches], { length: this.batches.length });
  }
}

function classifier(): d2l.Classifier {
  class Net extends d2l.Classifier {
    readonly net = new d2l.Linear(3, 2);
    readonly lr = 0.1;
  }
  const model = new Net();
  model.board.display = false;
  return model;
}

const fit = (...batches: d2l.Batch[]): Promise<void> =>
  new d2l.Trainer({ maxEpochs: 1 }).fit(classifier(), new Rows(batches));

test('shapes: both sides, with the name of the layer', async () => {
  assert.throws(
    () => new d2l.nn.LSTM(28, 32).forward(d2l.zeros([32, 1024, 27])),
    /^Error: LSTM expects \(steps, batch, 28\), got \(32, 1024, 27\)$/,
  );
  assert.throws(
    () => new d2l.Linear(3, 2).forward(d2l.ones([4, 5])),
    /Linear\(3, 2\) expects \(…, 3\), got \(4, 5\)/,
  );
  assert.throws(() => d2l.matmul(d2l.ones([2, 3]), d2l.ones([4, 5])), /cannot multiply \(2, 3\) by \(4, 5\)/);
  await assert.rejects(
    fit([d2l.ones([4, 3]), d2l.zeros([5], 'int32')]),
    /logits \(4, 2\) have 4 rows, labels \(5\) are 5/,
  );
});

test('options of a wrong name: by the one that does not know them', () => {
  const wrong = { numLayer: 2 } as never;
  const makers: [string, () => unknown][] = [
    ['GRU', () => new d2l.nn.GRU(2, 3, wrong)],
    ['SGD', () => new d2l.SGD([], 0.1, wrong)],
    ['Adam', () => new d2l.Adam([], 0.1, wrong)],
    ['Vocab', () => new d2l.Vocab([], wrong)],
    ['TimeMachine', () => new d2l.TimeMachine(4, 8, wrong)],
    ['MTFraEng', () => new d2l.MTFraEng(4, wrong)],
    ['Trainer', () => new d2l.Trainer(wrong)],
    ['earlyStopping', () => d2l.earlyStopping(wrong)],
    ['beamSearch', () => d2l.beamSearch(undefined as never, [], wrong)],
  ];
  for (const [name, make] of makers) {
    assert.throws(make, new RegExp(`^Error: ${name} has no option 'numLayer': it knows \\w+`));
  }
});

test('empty batches: which one, and what a loader must do', async () => {
  const good: d2l.Batch = [d2l.ones([1, 3]), d2l.zeros([1], 'int32')];
  await assert.rejects(
    fit(good, []),
    /^Error: training batch 1 is empty: a data loader must yield \[inputs, \.\.\., labels\]$/,
  );
  await assert.rejects(
    fit([d2l.ones([0, 3]), d2l.zeros([0], 'int32')]),
    /^Error: training batch 0 has a tensor \(0, 3\) without rows: a data loader must leave empty batches out$/,
  );
  await assert.rejects(fit(), /Rows gives no training batches/);
});

test('a vocabulary without <pad>: at the first question for it', () => {
  const vocab = new d2l.Vocab(['a', 'b']);
  assert.throws(() => vocab.get('<pad>'), /has no '<pad>': build it with reservedTokens: \['<pad>'\]/);
  assert.equal(vocab.get('z'), vocab.unk);
  assert.equal(vocab.get('<unk>'), vocab.unk);
  const data = new d2l.MTFraEng(4, { source: 'sample', numTrain: 4, numVal: 2 });
  assert.throws(() => data.buildArrays('go .\tva !', vocab, vocab), /has no '<pad>'/);
});

test('predicting before training: said once, and not of a model that was trained or loaded', async () => {
  const warn = mock.method(console, 'warn', () => undefined);
  const vocab = new d2l.Vocab(Array.from('abc'));
  const model = new d2l.RNNLMScratch(new d2l.RNNScratch(vocab.length, 4), vocab.length, 1);
  model.board.display = false;
  model.predict('a', 2, vocab);
  model.predict('a', 2, vocab);
  const said = warn.mock.calls.map(({ arguments: [text] }) => String(text));
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^RNNLMScratch predicts before training, .* call trainer\.fit\(model, data\)/);
  const trained = new d2l.RNNLMScratch(new d2l.RNNScratch(vocab.length, 4), vocab.length, 1);
  trained.board.display = false;
  const tokens = d2l.tensor([[0, 1]], 'int32');
  await new d2l.Trainer({ maxEpochs: 1 }).fit(trained, new Rows([[tokens, tokens]]));
  trained.predict('a', 2, vocab);
  assert.equal(warn.mock.callCount(), 1);
  warn.mock.restore();
  assert.throws(
    () => model.predict('a', 2, new d2l.Vocab(Array.from('abcd'))),
    /built for 4 tokens, the vocabulary has 5: predict with the one of the training data/,
  );
});

test('methods that were promised for a later cell: which, and how to add them', () => {
  class Words extends d2l.Encoder {}
  class Echo extends d2l.Decoder {}
  class Lines extends d2l.DataModule {
    readonly batchSize = 2;
  }
  const tokens = d2l.zeros([2, 3], 'int32');
  const wanted: [string, () => unknown][] = [
    ['Words has no forward yet: add forward(X, ...args)', () => new Words().forward(tokens)],
    ['Echo has no initState yet: add initState(encAllOutputs, ...args)', () => new Echo().initState(tokens)],
    ['Echo has no forward yet: add forward(X, state)', () => new Echo().forward(tokens, tokens)],
    ['Lines has no getDataloader yet: add getDataloader(train)', () => new Lines().trainDataloader()],
  ];
  for (const [message, run] of wanted) assert.throws(run, { message: `${message} with addToClass` });
});

test('indices outside of a table or of the classes: which, and what is there', async () => {
  const outside =
    /^Error: an index is 7, but there are \d to pick from, 0 to \d: are tokens and labels those of the vocabulary/;
  await assert.rejects(fit([d2l.ones([2, 3]), d2l.tensor([0, 7], 'int32')]), outside);
  class Words extends d2l.Classifier {
    readonly net = new d2l.Sequential(new d2l.Embedding(5, 3), new d2l.Linear(3, 2));
    readonly lr = 0.1;
  }
  const words = new Words();
  words.board.display = false;
  const rows = new Rows([[d2l.tensor([1, 7], 'int32'), d2l.tensor([0, 1], 'int32')]]);
  for (const capture of [true, false]) {
    await assert.rejects(new d2l.Trainer({ maxEpochs: 1, capture }).fit(words, rows), outside);
  }
});

test('nothing to learn, no file, uneven rows: what is missing and where it comes from', async () => {
  class Empty extends d2l.Classifier {
    readonly lr = 0.1;
  }
  await assert.rejects(
    new d2l.Trainer({ maxEpochs: 1 }).fit(new Empty(), new Rows([[d2l.ones([1, 3])]])),
    /^Error: Empty has no parameters to learn: give it fields that hold layers or d2l\.parameter/,
  );
  assert.throws(() => classifier().load('none.safetensors'), {
    message: 'there is no file none.safetensors: model.save(path) and trainer.save(path) write one',
  });
  assert.throws(() => d2l.tensor([[1, 2], [3]]), {
    message: 'a tensor has the same shape all over, but its parts have (2) and (1): fill up the shorter',
  });
  assert.deepEqual(d2l.tensor([[[1], [2]]]).shape, [1, 2, 1]);
  assert.deepEqual(d2l.tensor([]).shape, [0]);
});
