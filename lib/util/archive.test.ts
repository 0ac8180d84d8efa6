import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { type Lie, tar, tarEntry, zip } from '../test/archives.js';
import { extract } from './archive.js';
import { readTar } from './tar.js';
import { readZip } from './zip.js';

const root = mkdtempSync(join(tmpdir(), 'archives-'));
after(() => rmSync(root, { recursive: true }));

let folder = '';
/** Unpacks an archive in a folder of its own. @returns a reader of what came out */
function unpack(name: string, archive: Buffer): (file: string) => string {
  folder = mkdtempSync(join(root, 'folder-'));
  const inner = join(folder, 'inner');
  writeFileSync(join(folder, name), archive);
  extract(join(folder, name), inner);
  return (file) => readFileSync(join(inner, file), 'utf8');
}

test('zip, tar and tar.gz are unpacked', () => {
  const text = unpack('a.zip', zip({ 'x/one.txt': 'one', 'x/two.txt': 'two '.repeat(50) }));
  assert.equal(text('x/one.txt'), 'one');
  assert.equal(text('x/two.txt'), 'two '.repeat(50));
  assert.equal(unpack('b.tar', tar(tarEntry('three.txt', 'three')))('three.txt'), 'three');
  assert.equal(unpack('c.tgz', gzipSync(tar(tarEntry('four.txt', 'four'))))('four.txt'), 'four');
  assert.throws(() => extract('a.rar'), /extract unpacks \.zip, \.tar, \.tar\.gz and \.tgz, not a\.rar/);
});

test('names longer than a tar header are read, as GNU tar and as POSIX write them', () => {
  const long = `${'folder/'.repeat(20)}file.txt`;
  const gnu = tar(tarEntry('././@LongLink', `${long}\0`, 'L'), tarEntry(long.slice(0, 100), 'gnu'));
  const record = (length: number): string => `${length} path=${long}\n`;
  const posix = tar(tarEntry('pax', record(record(100).length), 'x'), tarEntry(long.slice(0, 100), 'posix'));
  assert.deepEqual(
    [...readTar(gnu), ...readTar(posix)].map(({ name, read }) => [name, read().toString()]),
    [
      [long, 'gnu'],
      [long, 'posix'],
    ],
  );
});

const OUTSIDE = ['../evil.txt', 'a/../../evil.txt', '/evil.txt', 'C:evil.txt', '..', 'evil\0.txt'];

for (const name of OUTSIDE) {
  test(`a file that would come to ${JSON.stringify(name)} is refused, and all others with it`, () => {
    const archives = { 'a.zip': zip({ 'good.txt': 'good', [name]: 'evil' }) };
    // a zero ends the name in a tar header
    if (!name.includes('\0'))
      Object.assign(archives, { 'a.tar': tar(tarEntry('good.txt', ''), tarEntry(name, 'evil')) });
    for (const [file, archive] of Object.entries(archives)) {
      assert.throws(() => unpack(file, archive), /would write outside of .*do not unpack it/);
      assert.deepEqual(readdirSync(folder), [file]);
    }
    assert.equal(existsSync(join(root, 'evil.txt')), false);
  });
}

const FILES = { one: 'one', two: 'two '.repeat(1000) };
const LIES: Record<string, [Lie, RegExp]> = {
  'a size that is too small': [{ size: 100 }, /two does not unpack to its 100 bytes/],
  'a size that is too large': [{ size: 10_000 }, /the contents of two are not those/],
  'another checksum': [{ crc: 1 }, /the contents of two are not those/],
  'packed bytes beyond the end': [{ packed: 1e6 }, /two should end at byte 1\d{6}, after the last/],
  'the place of another file': [{ local: 0 }, /two shares bytes with another file/],
  'a place in the middle of a file': [{ local: 5 }, /two is not where its directory says/],
  'a place far outside': [{ local: 0xfffffff0 }, /two is not where its directory says/],
  'more than 2 GiB': [{ size: 0xf0000000 }, /would unpack to 4026531843 bytes, more than 2147483647/],
  encryption: [{ flags: 1 }, /two is encrypted/],
  'another method': [{ method: 12 }, /two is packed by method 12/],
};

for (const [lie, [told, expected]] of Object.entries(LIES)) {
  test(`a zip archive that claims ${lie} is refused`, () => {
    const read = (): unknown => readZip(zip(FILES, { two: told })).map((entry) => entry.read());
    assert.throws(read, expected);
  });
}

test('a zip archive cut off anywhere is refused', () => {
  const whole = zip(FILES);
  for (let length = 0; length < whole.length; length++) {
    assert.throws(() => readZip(whole.subarray(0, length)), /no whole zip archive/);
  }
});

test('a zip archive that says it has more files than it has is refused', () => {
  const archive = zip(FILES);
  archive.writeUInt16LE(60_000, archive.length - 12);
  assert.throws(() => readZip(archive), /should list 60000 files and ends after 2/);
  archive.writeUInt16LE(0xffff, archive.length - 12);
  assert.throws(() => readZip(archive), /64-bit kind/);
});

test('a bomb is stopped at the size it claims, not when memory is full', () => {
  const archive = zip({ one: '', bomb: 'x' }, { bomb: { size: 1, packed: 1 } });
  const packed = deflateRawSync(Buffer.alloc(50 * 2 ** 20));
  // the bomb's bytes in place of the letter's, its directory moved behind them
  const start = archive.indexOf('bomb') + 4;
  const directory = archive.indexOf(Buffer.from('504b0102', 'hex'));
  const bomb = Buffer.concat([archive.subarray(0, start), packed, archive.subarray(directory)]);
  bomb.writeUInt32LE(start + packed.length, bomb.length - 6);
  const entry = start + packed.length + 46 + 3;
  bomb.writeUInt32LE(packed.length, entry + 20);
  const before = process.memoryUsage().arrayBuffers;
  assert.throws(() => readZip(bomb)[1]!.read(), /bomb does not unpack to its 1 bytes/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
});

test('links and devices in a tar archive are left out', () => {
  const kinds = ['1', '2', '3', '4', '5', '6'].map((kind) => tarEntry(`kind${kind}`, '', kind));
  assert.deepEqual(
    readTar(tar(...kinds, tarEntry('file', 'text'))).map(({ name }) => name),
    ['file'],
  );
});

test('tar archives with damaged headers are refused', () => {
  const damaged = tar(tarEntry('one', 'text'));
  damaged[0]! ^= 1;
  assert.throws(() => readTar(damaged), /the sum of the header at byte 0 is wrong/);
  for (const size of ['-0000001000', '0x00000001f', '']) {
    assert.throws(() => readTar(tar(tarEntry('one', 'text', '0', size))), /one has no size/);
  }
  assert.throws(
    () => readTar(tar(tarEntry('one', 'text', '0', '77777777777'))),
    /one should have 8589934591/,
  );
  assert.throws(() => extract(writeTo('x.tgz', gzipSync('text').subarray(0, 15))), /x\.tgz is damaged/);
});

function writeTo(name: string, contents: Buffer): string {
  writeFileSync(join(root, name), contents);
  return join(root, name);
}

test('what is cut off leaves no half file, and the old one stays', () => {
  folder = mkdtempSync(join(root, 'folder-'));
  writeFileSync(join(folder, 'two'), 'old');
  writeFileSync(join(folder, 'a.zip'), zip(FILES, { two: { crc: 1 } }));
  assert.throws(() => extract(join(folder, 'a.zip')), /two/);
  assert.deepEqual(readdirSync(folder).sort(), ['a.zip', 'one', 'two']);
  assert.equal(readFileSync(join(folder, 'two'), 'utf8'), 'old');
});
