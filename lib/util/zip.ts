import { inflateRawSync } from 'node:zlib';
import { crc32 } from './crc32.js';
import { type Entry, MOST } from './entry.js';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const END_SIZE = 22;
const ENTRY_SIZE = 46;
const LOCAL_SIZE = 30;
const LONGEST_COMMENT = 0xffff;
const ENCRYPTED = 1;

/** What the directory says of one file. */
interface Place {
  name: string;
  method: number;
  crc: number;
  packed: number;
  size: number;
  /** Where its local header begins. */
  local: number;
  /** Where its packed contents are. */
  start: number;
}

/**
 * The files of a zip archive, by its central directory.
 *
 * @throws when it is none, is packed in another way, would unpack to more than 2 GiB, or contradicts itself: files that
 * share bytes (the way zip bombs are made) or lie outside of the archive.
 */
export function readZip(archive: Buffer): Entry[] {
  const end = findEnd(archive);
  const count = archive.readUInt16LE(end + 10);
  const first = archive.readUInt32LE(end + 16);
  if (count === 0xffff || first === 0xffffffff)
    throw new Error('this zip archive is of the 64-bit kind, which is not read here: unpack it by hand');
  const places: Place[] = [];
  for (let i = 0, at = first; i < count; i++) {
    if (at + ENTRY_SIZE > end || archive.readUInt32LE(at) !== DIRECTORY_ENTRY)
      throw damaged(`its directory should list ${count} files and ends after ${i}`);
    places.push(readPlace(archive, at, first));
    at +=
      ENTRY_SIZE +
      archive.readUInt16LE(at + 28) +
      archive.readUInt16LE(at + 30) +
      archive.readUInt16LE(at + 32);
  }
  refuseBombs(places);
  return places.map((place) => ({ name: place.name, read: () => unpack(archive, place) }));
}

function findEnd(archive: Buffer): number {
  const last = archive.length - END_SIZE;
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new Error('this is no whole zip archive: its directory is missing; get it again');
}

/** @param first where the directory begins, and files must have ended */
function readPlace(archive: Buffer, at: number, first: number): Place {
  const nameLength = archive.readUInt16LE(at + 28);
  const name = archive.toString('utf8', at + ENTRY_SIZE, at + ENTRY_SIZE + nameLength);
  const local = archive.readUInt32LE(at + 42);
  const packed = archive.readUInt32LE(at + 20);
  if (archive.readUInt16LE(at + 8) & ENCRYPTED)
    throw new Error(`${name} is encrypted, which is not read here: unpack the archive by hand`);
  if (local + LOCAL_SIZE > first || archive.readUInt32LE(local) !== LOCAL_ENTRY)
    throw damaged(`${name} is not where its directory says`);
  const start = local + LOCAL_SIZE + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
  if (start + packed > first) throw damaged(`${name} should end at byte ${start + packed}, after the last`);
  return {
    name,
    method: archive.readUInt16LE(at + 10),
    crc: archive.readUInt32LE(at + 16),
    packed,
    size: archive.readUInt32LE(at + 24),
    local,
    start,
  };
}

/** Small archives that fill disks: files that say they are huge, or many files made of the same bytes. */
function refuseBombs(places: readonly Place[]): void {
  const total = places.reduce((sum, { size }) => sum + size, 0);
  if (total > MOST)
    throw new Error(`this archive would unpack to ${total} bytes, more than ${MOST}: unpack it by hand`);
  let end = 0;
  for (const { name, local, start, packed } of [...places].sort((a, b) => a.local - b.local)) {
    if (local < end) throw damaged(`${name} shares bytes with another file`);
    end = start + packed;
  }
}

function unpack(archive: Buffer, { name, method, crc, packed, size, start }: Place): Buffer {
  const data = archive.subarray(start, start + packed);
  const contents = method === 8 ? inflate(data, name, size) : data;
  if (method !== 0 && method !== 8) {
    throw new Error(
      `${name} is packed by method ${method}, which is neither stored nor deflated: unpack it by hand`,
    );
  }
  if (contents.length !== size || crc32(contents) !== crc)
    throw damaged(`the contents of ${name} are not those that its directory describes`);
  return contents;
}

function inflate(data: Buffer, name: string, size: number): Buffer {
  try {
    return inflateRawSync(data, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw damaged(`${name} does not unpack to its ${size} bytes (${(error as Error).message})`);
  }
}

function damaged(what: string): Error {
  return new Error(`this zip archive is damaged: ${what}; get it again`);
}
