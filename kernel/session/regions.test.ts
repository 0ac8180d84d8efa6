import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOnly, regionAt } from './regions.js';

const kindAt = (marked: string): string | undefined =>
  regionAt(marked.replace('|', ''), marked.indexOf('|'))?.kind;

test('a cursor knows whether it stands in code', () => {
  const expected: [string, string | undefined][] = [
    ['// hello wor|', 'comment'],
    ['// hello\nwor|', undefined],
    ['/* a\n|b */', 'comment'],
    ['/* a */|', undefined],
    ["o['two|", 'string'],
    ["o['two|']", 'string'],
    ["o['two']|", undefined],
    ['const s = "// no comment"; x|', undefined],
    ['`a ${x|} b`', undefined],
    ['`a ${x} b|`', 'text'],
    ['`a ${ {b: `c ${d|}`} }`', undefined],
    ['a / b / c|', undefined],
    ['x.match(/[\'"]/); y|', undefined],
    ["'a\\'b|'", 'string'],
    ["it's|\nx", 'string'],
    ["it's\nx|", undefined],
  ];
  for (const [text, kind] of expected) assert.equal(kindAt(text), kind, text);
});

test('what is no code is blanked, and offsets stay', () => {
  assert.equal(codeOnly("a('b') // c\n`d${e}`"), 'a(   )     \n    e  ');
});
