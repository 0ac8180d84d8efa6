import type { Entry } from './entry.js';

const BLOCK = 512;
/** Kinds of entries: a file, in older archives without a mark; and the long name of the entry that follows, twice. */
const FILE = new Set(['0', '', '7']);
const GNU_LONG_NAME = 'L';
const PAX_HEADER = 'x';

/**
 * The files of a tar archive; links, devices and folders are left out.
 *
 * @throws when it is none, or is not whole.
 */
export function readTar(archive: Buffer): Entry[] {
  const entries: Entry[] = [];
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0;) {
    const { name, kind, size } = readHeader(archive, at);
    const start = at + BLOCK;
    if (start + size > archive.length)
      throw damaged(
        `${name} should have ${size} bytes, and the archive ends after ${archive.length - start}`,
      );
    const contents = archive.subarray(start, start + size);
    if (kind === GNU_LONG_NAME) longName = contents.toString('utf8').replace(/\0.*$/s, '');
    else if (kind === PAX_HEADER) longName = /^\d+ path=(.*)$/m.exec(contents.toString('utf8'))?.[1];
    else {
      if (FILE.has(kind)) entries.push({ name: longName ?? name, read: () => contents });
      longName = undefined;
    }
    at = start + Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}

function readHeader(archive: Buffer, at: number): { name: string; kind: string; size: number } {
  const text = (from: number, length: number): string =>
    archive.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
  const number = (from: number, length: number): number => {
    const digits = text(from, length).trim();
    return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
  };
  const header = archive.subarray(at, at + BLOCK);
  // The sum counts its own place as eight spaces.
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (number(148, 8) !== sum) throw damaged(`the sum of the header at byte ${at} is wrong`);
  const prefix = text(257, 5) === 'ustar' ? text(345, 155) : '';
  const name = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const size = number(124, 12);
  if (Number.isNaN(size)) throw damaged(`${name} has no size that can be read`);
  return { name, kind: text(156, 1), size };
}

function damaged(what: string): Error {
  return new Error(`this is no whole tar archive: ${what}; get it again`);
}
