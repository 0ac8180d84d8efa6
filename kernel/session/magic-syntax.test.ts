import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blankMagics, completeMagic, parseMagics, parseQuestion } from './magic-syntax.js';

for (const [name, end] of Object.entries({ LF: '\n', CRLF: '\r\n', CR: '\r' })) {
  test(`a cell magic with ${name}`, () => {
    const { cell } = parseMagics(`%%writefile -a out.txt${end}one${end}two`);
    assert.deepEqual(cell, { name: 'writefile', args: '-a out.txt', body: `one${end}two` });
    assert.deepEqual(parseMagics(`%%bash${end}`).cell, { name: 'bash', args: '', body: '' });
  });
  test(`line magics with ${name}`, () => {
    const found = parseMagics(`%cd deeper ${end}${end}%time${end}1 + 1${end}%who`);
    const lines = [
      { name: 'cd', args: 'deeper' },
      { name: 'time', args: '' },
    ];
    assert.deepEqual(found, { lines, cell: undefined, code: '\n\n\n1 + 1\n%who' });
  });
}

test('a byte order mark, and separators of lines that are no breaks of ours', () => {
  assert.equal(parseMagics('\uFEFF%%bash\nls').cell?.name, 'bash');
  assert.equal(parseMagics('%%md a\u2028b\nc').cell?.body, 'c');
  assert.equal(parseMagics('%env A=b\u2029c').lines[0]?.args, 'A=b\u2029c');
});

test('names complete at the beginning of a line, whatever breaks it', () => {
  for (const end of ['\n', '\r\n', '\r']) {
    const text = `%time${end}%wh`;
    assert.deepEqual(completeMagic(text, text.length, ['who']), { names: ['%who'], start: text.length - 3 });
  }
});

test('blanked magics leave every offset', () => {
  assert.equal(blankMagics('%time\r\n%who\r\nx % y'), `${' '.repeat(5)}\r\n${' '.repeat(4)}\r\nx % y`);
});

test('questions', () => {
  assert.deepEqual(parseQuestion('a.b?'), { name: 'a.b', detail: false });
  assert.deepEqual(parseQuestion(' π ?? '), { name: 'π', detail: true });
  assert.equal(parseQuestion('a ? b'), undefined);
});
