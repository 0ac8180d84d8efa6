import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ColoredText } from './colored-text.js';

test('colours each token by its number, the scale from light to dark', () => {
  const html = String(new ColoredText(['a', 'b'], [0, 1]).toBundle()['text/html']);
  assert.match(html, /background-color: #fff5f0; color: #000; padding: 1px" title="0\.00">a</);
  assert.match(html, /background-color: #67000d; color: #fff; padding: 1px" title="1\.00">b</);
});

test('a token is text, not markup, and spaces are kept', () => {
  const html = String(new ColoredText(['<unk>', ' '], [0, 1]).toBundle()['text/html']);
  assert.match(html, /&lt;unk&gt;/);
  assert.match(html, /white-space: pre-wrap/);
  assert.match(html, /> <\/span>/);
});

test('tells the numbers to those who cannot see the colours', () => {
  assert.equal(
    new ColoredText(['a', ' '], [0.25, 0.5], { name: 'probability' }).toString(),
    'probability: "a" 0.250, " " 0.500',
  );
});

test('refuses a number too few with both numbers', () => {
  assert.throws(() => new ColoredText(['a', 'b'], [1]), /1 values for 2 tokens/);
});
