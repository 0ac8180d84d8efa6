import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as d2l from '../main.js';

const folder = mkdtempSync(join(tmpdir(), 'd2l-text-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, contents: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, contents);
  return path;
}

test('a text is read as it is, but for a byte-order mark', () => {
  assert.equal(d2l.readText(file('a.txt', 'Grüße 😀\r\n')), 'Grüße 😀\r\n');
  assert.equal(d2l.readText(file('bom.txt', '\uFEFFGrüße')), 'Grüße');
  assert.equal(d2l.readText(file('four.txt', '😀😀😀😀'), { atLeast: 4 }).length, 8);
});

test('a text shipped with the library is found from every folder', () => {
  assert.match(d2l.readText('sample-text.txt'), /^The Keeper/);
});

test('what is no text is refused, with why and what to do', () => {
  const zip = Uint8Array.from([0x50, 0x4b, 3, 4, 0, 0]);
  const cases: [path: string, message: RegExp][] = [
    [join(folder, 'none.txt'), /^there is no file .*none\.txt \(looked for from .+\): write its whole path$/],
    [folder, /is not a file: write the path of a file of plain text$/],
    [file('empty.txt', ''), /empty\.txt is empty: choose a file with text in it$/],
    [file('blank.txt', ' \n\t\n'), /blank\.txt is empty/],
    [file('tiny.txt', 'Too short.'), /has 10 characters, at least 2,000 are needed: choose a longer text/],
    [
      file('a.zip', zip),
      /a\.zip is no plain text in UTF-8: byte 4 is 0, which .* has\. Save it as such first/,
    ],
    [
      file('latin1.txt', Buffer.from('Grüße', 'latin1')),
      /latin1\.txt is no plain text .*its bytes are not UTF-8/,
    ],
    [
      file('utf16.txt', Buffer.from('\uFEFFab', 'utf16le')),
      /utf16\.txt is no plain text in UTF-8: byte 0 is 255/,
    ],
  ];
  for (const [path, message] of cases) {
    assert.throws(
      () => d2l.readText(path, { atLeast: 2000 }),
      (error: Error) => message.test(error.message),
      path,
    );
  }
});

test('windows that cannot be cut: how many there are, and how many were asked for', () => {
  const make = (numTrain: number, numVal: number) => () =>
    new d2l.TimeMachine(8, 32, { source: 'sample', numTrain, numVal });
  assert.throws(make(1e6, 10), /the text has \d+ windows of 33 characters, but 1000000 for training and 10/);
  assert.throws(make(-433, 10), /numTrain must be a whole number above 0, got -433/);
  assert.throws(make(10, 0.5), /numVal must be a whole number, 0 or more, got 0\.5/);
});
