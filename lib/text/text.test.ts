import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { crc32 } from '../util/crc32.js';
import * as d2l from '../main.js';
import { fixture, type Stored } from '../test/fixtures.js';

interface DataFixture {
  time_machine: {
    vocab: string[];
    corpus_len: number;
    first_100: number[];
    X0: Stored;
    Y0: Stored;
    X_14999: Stored;
    crc32_corpus: number;
  };
  mt_fra_eng: {
    num_val_rows: number;
    src_vocab: string[];
    tgt_vocab: string[];
    src: Stored;
    tgt_in: Stored;
    src_valid_len: Stored;
    label: Stored;
    crc32_src: number;
    crc32_tgt_in: number;
    crc32_label: number;
  };
  mt_fra_eng_20000: {
    rows: number;
    src_vocab_len: number;
    tgt_vocab_len: number;
    crc32_src: number;
    crc32_label: number;
  };
}

process.env['D2L_DATA'] ??= fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const skip = existsSync(`${process.env['D2L_DATA']}/timemachine.txt`)
  ? false
  : 'the data sets are not on this machine';
const f = fixture<DataFixture>('data');
const numbers = (x: d2l.Tensor | undefined): number[] => [...(x?.dataSync() ?? [])];
const sum = (values: readonly number[]): number => crc32(Buffer.from(values.join(' '), 'ascii'));
const row = (x: d2l.tf.Tensor2D, i: number): number[] => numbers(x.slice([i, 0], [1, -1]));

test("TimeMachine: vocabulary, indices and windows are the book's", { skip }, () => {
  const data = new d2l.TimeMachine(1024, 32);
  const wanted = f.time_machine;
  assert.deepEqual(data.vocab.idxToToken, wanted.vocab);
  assert.equal(data.vocab.length, 28);
  assert.equal(data.corpus.length, wanted.corpus_len);
  assert.deepEqual(data.corpus.slice(0, 100), wanted.first_100);
  assert.equal(sum(data.corpus), wanted.crc32_corpus);
  assert.deepEqual(row(data.X, 0), wanted.X0.data);
  assert.deepEqual(row(data.Y, 0), wanted.Y0.data);
  assert.deepEqual(row(data.X, 14999), wanted.X_14999.data);
  assert.equal(data.trainDataloader()?.length, 10);
  assert.equal(data.valDataloader()?.length, 5);
  assert.deepEqual(data.hparams, {
    batchSize: 1024,
    numSteps: 32,
    numTrain: 10000,
    numVal: 5000,
    source: 'book',
  });
});

test("MTFraEng: vocabularies and rows are the book's, 129 validation rows included", { skip }, () => {
  const data = new d2l.MTFraEng(128);
  const wanted = f.mt_fra_eng;
  assert.deepEqual(data.srcVocab.idxToToken, wanted.src_vocab);
  assert.deepEqual(data.tgtVocab.idxToToken, wanted.tgt_vocab);
  const { src, tgtIn, srcValidLen, label } = data.arrays;
  assert.equal(src.shape[0], 512 + wanted.num_val_rows);
  assert.equal(sum(numbers(src)), wanted.crc32_src);
  assert.equal(sum(numbers(tgtIn)), wanted.crc32_tgt_in);
  assert.equal(sum(numbers(label)), wanted.crc32_label);
  assert.deepEqual(row(src, 0), wanted.src.data.slice(0, 9));
  assert.deepEqual(numbers(srcValidLen).slice(0, 8), wanted.src_valid_len.data);
  assert.equal(data.trainDataloader()?.length, 4);
  assert.equal(data.valDataloader()?.length, 2);
  const [hi, salut, valid, target] = data.build(['hi .'], ['salut .']);
  assert.deepEqual(numbers(hi), [71, 2, 3, 4, 4, 4, 4, 4, 4]);
  assert.deepEqual(numbers(salut), [3, 176, 2, 4, 5, 5, 5, 5, 5]);
  assert.deepEqual(numbers(valid), [3]);
  assert.deepEqual(numbers(target), [176, 2, 4, 5, 5, 5, 5, 5, 5]);
});

test('MTFraEng: twenty thousand pairs are read as the book reads them', { skip }, () => {
  const data = new d2l.MTFraEng(128, { numTrain: 20000 });
  const wanted = f.mt_fra_eng_20000;
  assert.equal(data.arrays.src.shape[0], wanted.rows);
  assert.equal(data.srcVocab.length, wanted.src_vocab_len);
  assert.equal(data.tgtVocab.length, wanted.tgt_vocab_len);
  assert.equal(sum(numbers(data.arrays.src)), wanted.crc32_src);
  assert.equal(sum(numbers(data.arrays.label)), wanted.crc32_label);
});

test('more windows than the text has are refused', { skip }, () => {
  assert.throws(() => new d2l.TimeMachine(1024, 32, { numTrain: 200000 }), /173396 windows of 33 characters/);
});

test('the samples give data sets of the usual size without a network', () => {
  const text = new d2l.TimeMachine(1024, 32, { source: 'sample' });
  assert.equal(text.trainDataloader()?.length, 10);
  assert.equal(text.vocab.length, 28);
  const pairs = new d2l.MTFraEng(128, { source: 'sample' });
  assert.equal(pairs.arrays.src.shape[0], 641);
  const tokens = pairs.arrays.src.size;
  const unknown = numbers(pairs.arrays.src).filter((token) => token === pairs.srcVocab.unk).length;
  assert.ok(unknown / tokens < 0.05, `${unknown} of ${tokens} source tokens are unknown`);
});

test('pairs are read as the book reads them: spaces, case, punctuation, and lines that are no pairs', () => {
  const data = new d2l.MTFraEng(128, { source: 'sample' });
  assert.equal(data.preprocess('Go.\tVa\u202f!\nOh,no?'), 'go .\tva !\noh ,no ?');
  assert.deepEqual(data.tokenize('go .\tva !\nno pair\na\tb\tc\nhi .\tsalut !'), {
    src: [
      ['go', '.', '<eos>'],
      ['hi', '.', '<eos>'],
    ],
    tgt: [
      ['va', '!', '<eos>'],
      ['salut', '!', '<eos>'],
    ],
  });
  assert.equal(data.tokenize('a\tb\na\tb\na\tb', 1).src.length, 2); // one more than asked for
  assert.throws(() => data.buildArrays('a\tb', new d2l.Vocab(['a']), data.tgtVocab), /has no '<pad>'/);
  assert.throws(() => data.buildArrays('no pairs here'), /no line of the text is a pair/);
  assert.throws(() => data.build(['go .'], []), /as many targets as sources, got 0 for 1/);
});

test('a vocabulary sorts by code points, counts stably, and knows what it does not know', () => {
  const vocab = new d2l.Vocab(
    [
      ['b', 'a', 'b'],
      ['\u{1F600}', '\uFF5E', 'a', 'c'],
    ],
    { reservedTokens: ['<pad>'] },
  );
  assert.deepEqual(vocab.idxToToken, ['<pad>', '<unk>', 'a', 'b', 'c', '\uFF5E', '\u{1F600}']);
  assert.deepEqual(vocab.tokenFreqs.slice(0, 2), [
    ['b', 2],
    ['a', 2],
  ]);
  assert.equal(vocab.get('z'), vocab.unk);
  assert.deepEqual(vocab.toTokens(vocab.indices(['a', 'z'])), ['a', '<unk>']);
  assert.deepEqual(vocab.toTokens([2]), ['a']);
  assert.equal(vocab.toTokens(2), 'a');
  assert.deepEqual(new d2l.Vocab(['a', 'a', 'b'], { minFreq: 2 }).idxToToken, ['<unk>', 'a']);
  assert.throws(() => vocab.toTokens(7), /no token has index 7: the vocabulary has 7 tokens, 0 to 6/);
  assert.throws(() => vocab.require('<bos>'), /has no '<bos>': build it with reservedTokens/);
});
