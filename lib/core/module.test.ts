import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import * as d2l from '../main.js';
import { LSTMScratch, StackedRNNScratch } from '../test/scratch-models.js';

const temporary = mkdtempSync(join(tmpdir(), 'd2l-ts-'));
process.on('exit', () => rmSync(temporary, { recursive: true }));
const values = (module: d2l.Module): number[][] => module.parameters().map((p) => [...p.dataSync()]);
const languageModel = () => new d2l.RNNLM(new d2l.GRU(6, 3, 2), 6, 1);

test('hyper-parameters are the plain fields of the constructor, or what is given', () => {
  assert.deepEqual(new LSTMScratch(4, 3).hparams, { numInputs: 4, numHiddens: 3, sigma: 0.01 });
  class Given extends d2l.HyperParameters {
    a = 0;
    constructor(a: number, b: number) {
      super();
      this.saveHyperparameters({ a, b, _c: 3 }, { ignore: ['b'] });
    }
  }
  const given = new Given(1, 2);
  assert.deepEqual(given.hparams, { a: 1 });
  assert.equal(given.a, 1);
  assert.equal('b' in given, false);
});

test('addToClass reaches instances that exist, replaces, sees the instance as this, and refuses constructors', () => {
  class Cell {
    constructor(readonly n: number) {}
  }
  const early = new Cell(2);
  d2l.addToClass(Cell, {
    times(by: number) {
      return this.n * by;
    },
    twice() {
      return this.times(2);
    },
  });
  const call = (cell: Cell): number => (cell as Cell & { twice(): number }).twice();
  assert.equal(call(early), 4);
  d2l.addToClass(Cell, { times: () => 7 });
  assert.equal(call(early), 7);
  assert.deepEqual(Object.keys(early), ['n']);
  assert.throws(
    () => d2l.addToClass(Cell, { constructor: () => 1 } as never),
    /cannot replace the constructor of Cell/,
  );
});

test('parameters are found in fields and arrays, own ones first, shared ones once', () => {
  assert.deepEqual(
    [...new StackedRNNScratch(4, 3, 2).namedParameters().keys()],
    ['rnns.0.Wxh', 'rnns.0.Whh', 'rnns.0.bh', 'rnns.1.Wxh', 'rnns.1.Whh', 'rnns.1.bh'],
  );
  class Tied extends d2l.Module {
    readonly a = new d2l.Linear(2, 2);
    readonly b = this.a;
    readonly scale = d2l.parameter(d2l.ones([1]) as d2l.tf.Tensor);
  }
  assert.deepEqual([...new Tied().namedParameters().keys()], ['scale', 'a.weight', 'a.bias']);
});

test('a model shows itself as a tree, and its summary as a table with shapes', () => {
  const model = languageModel();
  const tree = [
    'RNNLM(vocabSize=6, lr=1',
    '  (rnn): GRU(numInputs=6, numHiddens=3, numLayers=2, dropout=0',
    '    (rnn): GRU(numInputs=6, numHiddens=3, numLayers=2, dropout=0, bidirectional=false)',
    '  )',
    '  (linear): LazyLinear(numOutputs=6)',
    ')',
  ].join('\n');
  assert.equal(String(model), tree);
  assert.equal(inspect(model), tree);
  const summary = model.summary(d2l.zeros([2, 5], 'int32'));
  assert.deepEqual(summary.rows, [
    { name: '(model)', layer: 'RNNLM', output: '(2, 5, 6)', parameters: 0 },
    { name: 'rnn', layer: 'GRU', output: '[(5, 2, 3), (2, 2, 3)]', parameters: 0 },
    { name: 'rnn.rnn', layer: 'GRU', output: '[(5, 2, 3), (2, 2, 3)]', parameters: 171 },
    { name: 'linear', layer: 'LazyLinear', output: '(5, 2, 6)', parameters: 24 },
  ]);
  assert.match(summary.toString(), /total +195$/);
  const bundle = (summary as unknown as { [key: symbol]: () => Record<string, string> })[
    Symbol.for('Jupyter.display')
  ]?.();
  assert.match(bundle?.['text/html'] ?? '', /^<table>.*<td style="text-align:left">rnn\.rnn<\/td>/);
  assert.equal(Object.hasOwn(model, 'forward'), false); // the watchers are gone
});

test('save and load give the same numbers back, to lazy layers too', () => {
  const path = join(temporary, 'model.safetensors');
  const model = languageModel();
  model.applyInit([d2l.zeros([1, 2], 'int32')]);
  model.save(path);
  const other = languageModel();
  other.load(path);
  assert.deepEqual(values(other), values(model));
  const header = readFileSync(path);
  assert.equal(Number(header.readBigUInt64LE(0)) % 8, 0); // the numbers begin aligned, as the format asks
});

test('load names what does not fit, and then changes nothing', () => {
  const path = join(temporary, 'linear.safetensors');
  new d2l.Linear(2, 3).save(path);
  const narrow = new d2l.Linear(2, 4);
  const before = values(narrow);
  assert.throws(() => narrow.load(path), /expected shape \(4, 2\) for weight, got \(3, 2\) from .*linear/);
  assert.deepEqual(values(narrow), before);
  const sequence = new d2l.Sequential(new d2l.Linear(2, 3));
  assert.throws(() => sequence.load(path), /it lacks 0\.weight, 0\.bias and has weight, bias besides/);
  sequence.load(path, { strict: false });
  const cut = readFileSync(path);
  writeFileSync(path, cut.subarray(0, cut.length - 4));
  assert.throws(() => new d2l.Linear(2, 3).load(path), /is not whole: it ends before bias/);
  writeFileSync(path, 'no tensors');
  assert.throws(() => narrow.load(path), /is no whole safetensors file/);
});

test('a module without forward says what to add', () => {
  class Empty extends d2l.Module {}
  assert.throws(() => new Empty().forward(), /Empty has no forward: add one with addToClass, or a field net/);
});
