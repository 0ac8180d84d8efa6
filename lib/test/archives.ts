/** @file Small archives made by hand, for the tests of what reads them. */
import { deflateRawSync } from 'node:zlib';
import { crc32 } from '../util/crc32.js';

/** What a test may say wrongly of a file in a zip archive. */
export interface Lie {
  method?: number;
  flags?: number;
  crc?: number;
  size?: number;
  packed?: number;
  local?: number;
}

/** A zip archive; its files are stored and deflated in turn. */
export function zip(files: Record<string, string>, lies: Record<string, Lie> = {}): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  Object.entries(files).forEach(([name, text], i) => {
    const truth = { method: i % 2 === 0 ? 0 : 8, flags: 0, crc: crc32(Buffer.from(text)), size: text.length };
    const data = truth.method === 0 ? Buffer.from(text) : deflateRawSync(text);
    const told = { ...truth, packed: data.length, local: at, ...lies[name] };
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(truth.method, 8);
    local.writeUInt16LE(name.length, 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(told.flags, 8);
    central.writeUInt16LE(told.method, 10);
    central.writeUInt32LE(told.crc, 16);
    central.writeUInt32LE(told.packed, 20);
    central.writeUInt32LE(told.size, 24);
    central.writeUInt16LE(name.length, 28);
    central.writeUInt32LE(told.local, 42);
    locals.push(local, Buffer.from(name), data);
    directory.push(central, Buffer.from(name));
    at += 30 + name.length + data.length;
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...directory, end]);
}

/** One entry of a tar archive. @param size as its header has it */
export function tarEntry(name: string, text: string, kind = '0', size = octal(text.length)): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(size, 124);
  header.write('        ', 148);
  header.write(kind, 156);
  header.write(`${octal(header.reduce((sum, byte) => sum + byte, 0)).slice(-6)}\0 `, 148);
  return Buffer.concat([header, Buffer.from(text), Buffer.alloc(-text.length & 511)]);
}

/** A tar archive of these entries. */
export function tar(...entries: Buffer[]): Buffer {
  return Buffer.concat([...entries, Buffer.alloc(1024)]);
}

const octal = (size: number): string => size.toString(8).padStart(11, '0');
