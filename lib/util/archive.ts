import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';

/** A file inside an archive. */
export interface Entry {
  /** Its path with `/`, relative to the archive's root. */
  readonly name: string;
  /** Its contents, unpacked when asked for. */
  readonly read: () => Buffer;
}

const END_OF_DIRECTORY = 0x06054b50;

/** The files of a zip archive, by its central directory. @throws when it is none, or is packed in another way. */
export function readZip(archive: Buffer): Entry[] {
  let end = archive.length - 22;
  while (end >= 0 && archive.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  if (end < 0) throw new Error('this is no whole zip archive: its directory is missing');
  const entries: Entry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let i = 0; i < archive.readUInt16LE(end + 10); i++) {
    const method = archive.readUInt16LE(at + 10);
    const packed = archive.readUInt32LE(at + 20);
    const nameLength = archive.readUInt16LE(at + 28);
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    const local = archive.readUInt32LE(at + 42);
    entries.push({ name, read: () => unpack(archive, name, local, method, packed) });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

function unpack(archive: Buffer, name: string, local: number, method: number, packed: number): Buffer {
  const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  const data = archive.subarray(start, start + packed);
  if (method === 0) return data;
  if (method === 8) return inflateRawSync(data);
  throw new Error(
    `${name} is packed by method ${method}, which is neither stored nor deflated: unpack it by hand`,
  );
}

/** The files of a tar archive. */
export function readTar(archive: Buffer): Entry[] {
  const text = (from: number, length: number): string => {
    const field = archive.toString('utf8', from, from + length);
    return field.slice(0, field.includes('\0') ? field.indexOf('\0') : length);
  };
  const entries: Entry[] = [];
  for (let at = 0; at + 512 <= archive.length && archive[at] !== 0;) {
    const size = parseInt(text(at + 124, 12), 8);
    const prefix = text(at + 257, 5) === 'ustar' ? text(at + 345, 155) : '';
    const name = prefix === '' ? text(at, 100) : `${prefix}/${text(at, 100)}`;
    const start = at + 512;
    if (['0', ''].includes(text(at + 156, 1))) {
      entries.push({ name, read: () => archive.subarray(start, start + size) });
    }
    at = start + Math.ceil(size / 512) * 512;
  }
  return entries;
}

/**
 * Unpacks a .zip, .tar, .tar.gz or .tgz file.
 *
 * @param folder where to; by default the folder of the archive.
 * @throws for other kinds of files, and for archives that would write outside of the folder.
 */
export function extract(filename: string, folder = dirname(filename)): void {
  for (const { name, read } of entriesOf(filename)) {
    if (name.endsWith('/')) continue;
    const relative = normalize(name);
    if (relative.startsWith('..') || /^([/\\]|[A-Za-z]:)/.test(relative)) {
      throw new Error(`${filename} would write outside of ${folder}, to ${name}: do not unpack it`);
    }
    const path = join(folder, relative);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, read());
  }
}

function entriesOf(filename: string): Entry[] {
  if (filename.endsWith('.zip')) return readZip(readFileSync(filename));
  if (filename.endsWith('.tar')) return readTar(readFileSync(filename));
  if (/\.(tar\.gz|tgz)$/.test(filename)) return readTar(gunzipSync(readFileSync(filename)));
  throw new Error(`extract unpacks .zip, .tar, .tar.gz and .tgz, not ${filename}`);
}
