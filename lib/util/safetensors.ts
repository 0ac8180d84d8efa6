/** @file The safetensors format: a JSON header with names, types and places, then the raw numbers. */
import { existsSync, readFileSync } from 'node:fs';
import { tf } from '../engine/tf.js';
import { writeWhole } from './whole-file.js';

const TYPES = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;
type StoredType = (typeof TYPES)[keyof typeof TYPES];

const BYTES: Readonly<Record<string, number>> = { F32: 4, I32: 4, BOOL: 1 };
/** The longest header that the format allows, bytes. */
const LONGEST_HEADER = 100_000_000;

/** One tensor as the header describes it. */
interface Place {
  name: string;
  dtype: StoredType;
  shape: number[];
  begin: number;
  end: number;
}

/** Numbers read from a file: as a tensor's, but not yet on a device. */
export interface StoredTensor {
  readonly dtype: keyof typeof TYPES;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/**
 * Writes tensors into a safetensors file, whole or not at all.
 *
 * @param metadata strings to keep beside them.
 */
export function saveTensors(
  path: string,
  tensors: Iterable<readonly [name: string, tensor: tf.Tensor]>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Buffer[] = [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    const dtype = TYPES[tensor.dtype as keyof typeof TYPES] as StoredType | undefined;
    if (dtype === undefined)
      throw new Error(
        `${name} is of type ${tensor.dtype}; float32, int32 and bool can be saved: cast it first`,
      );
    const data = tensor.dataSync<'float32'>();
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    header[name] = { dtype, shape: tensor.shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    parts.push(bytes);
  }
  const text = Buffer.from(JSON.stringify(header));
  const padding = Buffer.alloc(-text.length & 7, ' ');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length + padding.length));
  writeWhole(path, [length, text, padding, ...parts], { durable: true });
}

/**
 * Reads a safetensors file.
 *
 * @throws when it is not there, is none, or is not whole, or contradicts itself, or holds a type that tfjs has not.
 */
export function loadTensors(path: string): {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
} {
  if (!existsSync(path)) {
    throw new Error(`there is no file ${path}: model.save(path) and trainer.save(path) write one`);
  }
  const file = readFileSync(path);
  const length = file.length < 8 ? Infinity : Number(file.readBigUInt64LE(0));
  const start = 8 + length;
  if (start > file.length || length > LONGEST_HEADER)
    throw new Error(`${path} is no whole safetensors file: it ends within its header`);
  const { __metadata__: metadata = {}, ...entries } = readHeader(path, file.toString('utf8', 8, start));
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string'))
    throw damaged(path, 'its metadata are not strings with names');
  const places = Object.entries(entries).map(([name, entry]) => readPlace(path, name, entry));
  checkPlaces(path, places, file.length - start);
  const tensors = places.map(({ name, dtype, shape, begin, end }): [string, StoredTensor] => {
    const bytes = new Uint8Array(file.subarray(start + begin, start + end)); // a copy: the numbers need alignment
    return [name, { shape, ...typed(dtype, bytes) }];
  });
  return { tensors: new Map(tensors), metadata: metadata as Record<string, string> };
}

function readHeader(path: string, text: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (error) {
    throw damaged(path, `its header is not JSON (${(error as Error).message})`);
  }
  if (!isRecord(header)) throw damaged(path, 'its header is not a list of tensors with names');
  return header;
}

function readPlace(path: string, name: string, entry: unknown): Place {
  const { dtype, shape, data_offsets: offsets } = isRecord(entry) ? entry : {};
  if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2)
    throw damaged(path, `the header does not say what and where ${name} is`);
  const width = BYTES[String(dtype)];
  if (width === undefined)
    throw new Error(`${name} in ${path} is of type ${String(dtype)}; this library reads F32, I32 and BOOL`);
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, n) => product * n, width);
  if (end - begin !== size)
    throw damaged(path, `${name} of shape (${shape.join(', ')}) needs ${size} bytes and has ${end - begin}`);
  return { name, dtype: dtype as StoredType, shape, begin, end };
}

/** As the format asks, tensors lie one behind another, without gaps or overlaps, up to the end of the file. */
function checkPlaces(path: string, places: readonly Place[], length: number): void {
  let last = 0;
  for (const { name, begin, end } of [...places].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (end > length) throw new Error(`${path} is not whole: it ends before ${name}`);
    if (begin !== last)
      throw damaged(path, `${name} begins at byte ${begin}, the one before ends at ${last}`);
    last = end;
  }
  if (last !== length) throw damaged(path, `${length - last} bytes at its end belong to no tensor`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}

function damaged(path: string, what: string): Error {
  return new Error(`${path} is damaged: ${what}; save it or get it again`);
}

function typed(dtype: StoredType, bytes: Uint8Array): Omit<StoredTensor, 'shape'> {
  if (dtype === 'F32') return { dtype: 'float32', data: new Float32Array(bytes.buffer) };
  if (dtype === 'I32') return { dtype: 'int32', data: new Int32Array(bytes.buffer) };
  return { dtype: 'bool', data: bytes };
}
