import assert from 'node:assert/strict';
import { test } from 'node:test';
import { completeness } from './completeness.js';

const complete = [
  '1',
  'const a = 1',
  'f(x => {\n})',
  'for (;;) {}',
  '',
  '  \n',
  '`a\nb`',
  '<T>x',
  'const e = <b/>',
];
const magic = ['%who', '%time 1', '%cd ..\n', '%typecheck off\n1 + 1', '%timeit\nf()'];
const questions = ['api?', 'x??', '  a.b.c ? ', 'π?'];
for (const text of [...complete, ...magic, ...questions]) {
  test(`${JSON.stringify(text)} is complete`, () =>
    assert.deepEqual(completeness(text), { status: 'complete' }));
}

for (const text of [
  '%%bash\nls\n',
  '%%bash\r\nls\r\n',
  '%%html\n<b>\n\n</b>\n  ',
  '%%bash\n\n',
  '%%writefile a b\nx\n',
]) {
  test(`${JSON.stringify(text)} ends in a blank line: complete`, () =>
    assert.deepEqual(completeness(text), { status: 'complete' }));
}

const open = [
  'f(',
  'if (x) {',
  '`a',
  '/* a',
  'const a =',
  '%time\nfor (;;) {',
  '%typecheck off\nfunction f() {',
];
const openMagic = ['%%bash', '%%bash\n', '%%bash\nls', '%%bash\r\nls', '%%bash\n\nls', '%%html\n<b>'];
for (const text of [...open, ...openMagic]) {
  test(`${JSON.stringify(text)} goes on`, () => assert.equal(completeness(text).status, 'incomplete'));
}

const invalid = ['1 +* 2', "'a", '/a', 'const 1 = 2', 'a b'];
const early = [
  '/a(/',
  'f(/[/)',
  '/(?<n>a)(?<n>b)/.test(x)',
  '/a/gg',
  'let a = 1\nlet a = 2',
  'break',
  'this.#no',
];
for (const text of [...invalid, ...early, '%time\n/a(/']) {
  test(`${JSON.stringify(text)} is invalid`, () =>
    assert.deepEqual(completeness(text), { status: 'invalid' }));
}

test('the next line is one step deeper after a bracket', () => {
  assert.deepEqual(completeness('  if (x) {'), { status: 'incomplete', indent: '    ' });
  assert.deepEqual(completeness('%%bash\n  ls'), { status: 'incomplete', indent: '  ' });
});

test('a very long sum is looked through', () => {
  assert.equal(completeness(Array(3000).fill('/a/').join(' + ')).status, 'complete');
});
