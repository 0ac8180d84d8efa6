import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { tf } from '../engine/tf.js';
import '../main.js';
import { loadTensors, saveTensors } from './safetensors.js';

const root = mkdtempSync(join(tmpdir(), 'safetensors-'));
after(() => rmSync(root, { recursive: true }));
const path = join(root, 'file.safetensors');

const loaded = (): unknown[] =>
  [...loadTensors(path).tensors].map(([name, { dtype, shape, data }]) => [name, dtype, shape, [...data]]);

test('tensors of every type come back, empty ones and names of any letters too', () => {
  const tensors: [string, tf.Tensor][] = [
    ['größe', tf.tensor([[1.5, -2]])],
    ['一', tf.tensor([7], undefined, 'int32')],
    ['none', tf.zeros([0, 3])],
    ['flag', tf.tensor([true, false, true], undefined, 'bool')],
    ['scalar', tf.scalar(3)],
  ];
  saveTensors(path, tensors, { made: 'hier' });
  assert.deepEqual(loadTensors(path).metadata, { made: 'hier' });
  assert.deepEqual(loaded(), [
    ['größe', 'float32', [1, 2], [1.5, -2]],
    ['一', 'int32', [1], [7]],
    ['none', 'float32', [0, 3], []],
    ['flag', 'bool', [3], [1, 0, 1]],
    ['scalar', 'float32', [], [3]],
  ]);
});

test('a type that the format has not is refused before anything is written', () => {
  const before = loaded();
  assert.throws(() => saveTensors(path, [['text', tf.tensor(['a'])]]), /text is of type string/);
  assert.deepEqual(loaded(), before);
});

test(
  'on a full disk the old file stays as it was, and nothing is left beside it',
  { skip: process.platform !== 'linux' },
  () => {
    const before = loaded();
    symlinkSync('/dev/full', `${path}.${process.pid}.part`);
    const save = (): void => saveTensors(path, [['new', tf.ones([1000])]]);
    assert.throws(save, /could not write .*the disk is full: free some space.*untouched/);
    assert.deepEqual(loaded(), before);
    assert.deepEqual(readdirSync(root), ['file.safetensors']);
  },
);

/** A file with this header, and as many bytes of numbers. */
function write(header: unknown, bytes: number): void {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(path, Buffer.concat([length, text, Buffer.alloc(bytes)]));
}

const F32 = (shape: unknown, ...offsets: unknown[]): object => ({
  dtype: 'F32',
  shape,
  data_offsets: offsets,
});
const LIES: Record<string, [header: unknown, bytes: number, expected: RegExp]> = {
  'no JSON': ['{"a":', 0, /its header is not JSON/],
  'JSON of another kind': ['[1]', 0, /not a list of tensors/],
  'nothing about a tensor': [{ a: null }, 0, /does not say what and where a is/],
  'a shape that is none': [{ a: F32('2', 0, 8) }, 8, /does not say what and where a is/],
  'a negative size': [{ a: F32([-1, -2], 0, 8) }, 8, /does not say what and where a is/],
  'half a number': [{ a: F32([0.5], 0, 2) }, 2, /does not say what and where a is/],
  'places in the wrong order': [{ a: F32([1], 4, 0) }, 4, /needs 4 bytes and has -4/],
  'a shape of more than the file holds': [
    { a: F32([2 ** 40], 0, 4) },
    4,
    /needs 4398046511104 bytes and has 4/,
  ],
  'a shape beyond all numbers': [{ a: F32([2 ** 50, 2 ** 50], 0, 4) }, 4, /needs .* bytes and has 4/],
  'bytes that are not there': [{ a: F32([4], 0, 16) }, 8, /is not whole: it ends before a/],
  'the same bytes twice': [
    { a: F32([2], 0, 8), b: F32([2], 0, 8) },
    8,
    /b begins at byte 0, the one before ends at 8/,
  ],
  'a gap': [{ a: F32([1], 4, 8) }, 8, /a begins at byte 4, the one before ends at 0/],
  'bytes that belong to nobody': [{ a: F32([1], 0, 4) }, 8, /4 bytes at its end belong to no tensor/],
  'metadata of another kind': [{ __metadata__: { a: 1 } }, 0, /its metadata are not strings/],
  'another type': [{ a: { dtype: 'BF16', shape: [1], data_offsets: [0, 2] } }, 2, /a in .* is of type BF16/],
};

for (const [lie, [header, bytes, expected]] of Object.entries(LIES)) {
  test(`a file that tells of ${lie} is refused`, () => {
    write(header, bytes);
    assert.throws(() => loadTensors(path), expected);
  });
}

test('a header longer than the file is refused', () => {
  for (const length of [1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n]) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(length);
    writeFileSync(path, bytes);
    assert.throws(() => loadTensors(path), /no whole safetensors file: it ends within its header/);
  }
});
