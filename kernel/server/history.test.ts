import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { HistoryEntry } from '../protocol/messages.js';
import { History } from './history.js';

const root = mkdtempSync(join(tmpdir(), 'history-'));
after(() => rmSync(root, { recursive: true }));

let files = 0;
const newFile = (): string => join(root, `${files++}.jsonl`);
const all = (history: History): HistoryEntry[] =>
  history.query({ hist_access_type: 'tail', output: true, raw: true, n: 100 });

test('an input is kept before its cell is over, its output joins it', () => {
  const file = newFile();
  const history = new History(file);
  history.add(1, 'a');
  history.answer(1, 'A');
  history.add(2, 'b');
  const kept = [
    [1, 1, ['a', 'A']],
    [1, 2, ['b', null]],
  ];
  assert.deepEqual(all(history), kept);
  assert.deepEqual(all(new History(file)), kept);
});

test('kernels that run at the same time stay apart', () => {
  const file = newFile();
  const [one, two] = [new History(file), new History(file)];
  one.add(1, 'a');
  two.add(1, 'b');
  one.answer(1, 'A');
  one.add(2, 'c');
  const later = new History(file);
  later.add(1, 'd');
  assert.deepEqual(all(later), [
    [1, 1, ['a', 'A']],
    [2, 1, ['b', null]],
    [1, 2, ['c', null]],
    [3, 1, ['d', null]],
  ]);
});

test('the file is read when it is asked for, not at the start of the kernel', () => {
  const file = newFile();
  const history = new History(file);
  history.add(1, 'a');
  new History(file).add(1, 'b');
  assert.deepEqual(all(history), [
    [1, 1, ['b', null]],
    [2, 1, ['a', null]],
  ]);
});

test('a line that was cut off costs no other; files of older versions are read', () => {
  const file = newFile();
  writeFileSync(
    file,
    '{"session":7,"line":1,"input":"old","output":"1"}\nnull\n5\n{"session":"x","line":1,"inp',
  );
  new History(file).add(1, 'a {"session":3} b');
  appendFileSync(file, '{"session":"y","line":1,"input":"cut off"');
  assert.deepEqual(all(new History(file)), [
    [1, 1, ['old', '1']],
    [2, 1, ['a {"session":3} b', null]],
  ]);
});

test('what could not be written is written when it can be', () => {
  const file = newFile();
  mkdirSync(file); // a folder in its place: no write succeeds
  const history = new History(file);
  history.add(1, 'a');
  history.add(2, 'b');
  assert.equal(all(history).length, 2);
  rmdirSync(file);
  history.add(3, 'c');
  assert.deepEqual(
    all(new History(file)).map(([, , [input]]) => input),
    ['a', 'b', 'c'],
  );
  assert.equal(readFileSync(file, 'utf8').split('\n').length, 4);
});

test('of a long file the newest inputs are read, whole, whatever the blocks cut through', () => {
  const file = newFile();
  const text = 'é'.repeat(100);
  const line = (i: number): string =>
    `{"session":"s${Math.floor(i / 1000)}","line":${i},"input":"${i} ${text}"}\n{"session":"s${Math.floor(i / 1000)}","line":${i},"output":"${-i}"}\n`;
  writeFileSync(file, Array.from({ length: 30_000 }, (_, i) => line(i)).join(''));
  const found = new History(file).query({ hist_access_type: 'tail', output: true, raw: true, n: 1e6 });
  assert.equal(found.length, 10_000);
  assert.deepEqual(
    found.map(([, at, io]) => [at, io]),
    Array.from({ length: 10_000 }, (_, k) => [k + 20_000, [`${k + 20_000} ${text}`, String(-k - 20_000)]]),
  );
  const sessions = found.map(([session]) => session);
  assert.deepEqual(
    sessions,
    [...sessions].sort((a, b) => a - b),
  );
});

test('a line longer than a block is one entry', () => {
  const file = newFile();
  new History(file).add(1, 'a');
  new History(file).add(1, 'x'.repeat(3_000_000));
  new History(file).add(1, 'b');
  assert.deepEqual(
    all(new History(file)).map(([, , io]) => io[0]!.length),
    [1, 3_000_000, 1],
  );
});
