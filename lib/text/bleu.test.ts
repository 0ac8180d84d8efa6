import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import { fixture } from '../test/fixtures.js';

const near = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}, not ${expected}`);

test("bleu is the book's on every stored case", () => {
  const { cases } = fixture<{ cases: { hyp: string; ref: string; k: number; bleu: number }[] }>('bleu');
  assert.ok(cases.length > 20);
  for (const { hyp, ref, k, bleu } of cases) near(d2l.bleu(hyp, ref, k), bleu);
  near(d2l.bleu('a b b c d', 'a b c d e f', 3), 0.594034);
  near(d2l.bleu('a b b c d', 'a b c d e f', 4), 0);
  near(d2l.bleu('a b', 'a b c d e f', 2), 0.135335);
  near(d2l.bleu('', 'va !', 2), 0);
});

test('corpusBleu adds up before it divides: values worked out by hand', () => {
  assert.equal(d2l.corpusBleu(['a b c d e'], ['a b c d e']), 1);
  assert.equal(d2l.corpusBleu(['a b c'], ['a b c']), 0); // no 4-grams at all
  // hits 5/6, 3/4 over both sentences; lengths 6 and 6
  near(d2l.corpusBleu(['a b c d', 'x y'], ['a b c e', 'x y'], 2), Math.sqrt((5 / 6) * (3 / 4)));
  // one word short of the nearest reference: brevity 1 − 4/3
  near(d2l.corpusBleu(['a b c'], [['a b c d', 'a b c d e f']], 2), Math.exp(1 - 4 / 3));
  assert.throws(() => d2l.corpusBleu(['a'], []), /a label for each translation, got 0 for 1/);
});

test("corpusBleu is sacrebleu's on random sentences, with one reference and with two", () => {
  const { cases } = fixture<{ cases: { hyps: string[]; refs: string[][]; max_n: number; score: number }[] }>(
    'corpus_bleu',
  );
  assert.equal(cases.length, 16);
  for (const { hyps, refs, max_n, score } of cases) near(d2l.corpusBleu(hyps, refs, max_n), score);
});
