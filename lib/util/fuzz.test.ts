/** @file Files damaged at random, from a fixed seed: each is read as what it is, or refused in a sentence. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { tf } from '../engine/tf.js';
import '../main.js';
import { tar, tarEntry, zip } from '../test/archives.js';
import { loadTensors, saveTensors } from './safetensors.js';
import { readTar } from './tar.js';
import { readZip } from './zip.js';

const ROUNDS = 4000;
const root = mkdtempSync(join(tmpdir(), 'fuzz-'));
after(() => rmSync(root, { recursive: true }));
const path = join(root, 'file.safetensors');

/** A generator of its own (mulberry32): the files are the same in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

const EXTREMES = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0xffff, 0xfffffff0];

/** The file with one to three changes: bits, sizes, cuts, parts twice or gone. */
function damage(whole: Buffer, random: (below: number) => number): Buffer {
  let file = Buffer.from(whole);
  for (let changes = 1 + random(3); changes > 0 && file.length > 8; changes--) {
    const at = random(file.length);
    const end = at + random(Math.min(200, file.length - at));
    const [before, part, behind] = [file.subarray(0, at), file.subarray(at, end), file.subarray(end)];
    const kind = random(6);
    if (kind < 2) file[at]! ^= 1 << random(8);
    else if (kind === 2)
      file.writeUInt32LE(EXTREMES[random(EXTREMES.length)]!, Math.min(at, file.length - 4));
    else if (kind === 3) file = Buffer.from(before);
    else file = Buffer.concat(kind === 4 ? [before, part, part, behind] : [before, behind]);
  }
  return file;
}

const contents = (entries: { read: () => Buffer }[]): number =>
  entries.reduce((sum, { read }) => sum + read().length, 0);

const FILES = { 'a/one.txt': 'one', 'a/two.txt': 'two '.repeat(200), 'b.txt': 'b'.repeat(300), 'c.txt': '' };
const zipped = zip(FILES);
const tarred = tar(...Object.entries(FILES).map(([name, text]) => tarEntry(name, text)));
saveTensors(path, [
  ['weight', tf.ones([3, 4])],
  ['flags', tf.tensor([true, false], undefined, 'bool')],
  ['ids', tf.tensor([1, 2, 3], undefined, 'int32')],
]);
const tensors = readFileSync(path);

const READERS: Record<string, [whole: Buffer, read: (file: Buffer) => number]> = {
  zip: [zipped, (file) => contents(readZip(file))],
  tar: [tarred, (file) => contents(readTar(file))],
  'tar.gz': [gzipSync(tarred), (file) => contents(readTar(gunzipSync(file, { maxOutputLength: 2 ** 20 })))],
  safetensors: [
    tensors,
    (file) => {
      writeFileSync(path, file);
      return [...loadTensors(path).tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0);
    },
  ],
};

for (const [kind, [whole, read]] of Object.entries(READERS)) {
  test(`${ROUNDS} damaged ${kind} files`, (t) => {
    const random = generator(20260101);
    const counts = { read: 0, refused: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const file = damage(whole, random);
      try {
        // Nothing comes out that was not in the file: no bomb, and no byte of memory around it.
        assert.ok(read(file) <= 4 * Math.max(whole.length, tarred.length));
        counts.read++;
      } catch (error) {
        if (error instanceof assert.AssertionError) throw error;
        const { name, message, code } = error as NodeJS.ErrnoException;
        const byZlib = kind === 'tar.gz' && /^Z_|^ERR_BUFFER_TOO_LARGE/.test(code ?? '');
        assert.ok(
          byZlib || (name === 'Error' && /[a-z]{2} .*[a-z]/.test(message)),
          `round ${round}: ${String(error)}`,
        );
        counts.refused++;
      }
    }
    t.diagnostic(`${kind}: ${JSON.stringify(counts)}`);
    assert.ok(counts.refused > ROUNDS / 10 && counts.read + counts.refused === ROUNDS);
  });
}
