/** @file The safetensors format: a JSON header with names, types and places, then the raw numbers. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tf } from '../engine/tf.js';

const TYPES = { float32: 'F32', int32: 'I32', bool: 'BOOL' } as const;
type StoredType = (typeof TYPES)[keyof typeof TYPES];

interface Header {
  dtype: StoredType;
  shape: number[];
  data_offsets: [begin: number, end: number];
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
    const data = tensor.dataSync<'float32'>();
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const dtype = TYPES[tensor.dtype as keyof typeof TYPES];
    header[name] = { dtype, shape: tensor.shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
    parts.push(bytes);
  }
  const text = JSON.stringify(header);
  const padded = Buffer.from(
    text.padEnd(Math.ceil(Buffer.byteLength(text) / 8) * 8 - (Buffer.byteLength(text) - text.length)),
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const part = `${path}.${process.pid}.part`;
  writeFileSync(part, Buffer.concat([length, padded, ...parts]));
  renameSync(part, path);
}

/** Reads a safetensors file. @throws when it is none, or is not whole, or holds a type that tfjs has not. */
export function loadTensors(path: string): {
  tensors: Map<string, StoredTensor>;
  metadata: Record<string, string>;
} {
  const file = readFileSync(path);
  const length = file.length < 8 ? Infinity : Number(file.readBigUInt64LE(0));
  if (8 + length > file.length)
    throw new Error(`${path} is no whole safetensors file: it ends within its header`);
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(
    file.toString('utf8', 8, 8 + length),
  ) as Record<string, Header> & { __metadata__?: Record<string, string> };
  const tensors = new Map<string, StoredTensor>();
  for (const [
    name,
    {
      dtype,
      shape,
      data_offsets: [begin, end],
    },
  ] of Object.entries(entries as Record<string, Header>)) {
    if (8 + length + end > file.length) throw new Error(`${path} is not whole: it ends before ${name}`);
    const bytes = new Uint8Array(file.subarray(8 + length + begin, 8 + length + end));
    tensors.set(name, { shape, ...typed(path, name, dtype, bytes) });
  }
  return { tensors, metadata };
}

function typed(
  path: string,
  name: string,
  dtype: StoredType,
  bytes: Uint8Array,
): Omit<StoredTensor, 'shape'> {
  if (dtype === 'F32') return { dtype: 'float32', data: new Float32Array(bytes.buffer) };
  if (dtype === 'I32') return { dtype: 'int32', data: new Int32Array(bytes.buffer) };
  if (dtype === 'BOOL') return { dtype: 'bool', data: bytes };
  throw new Error(`${name} in ${path} is of type ${String(dtype)}; this library reads F32, I32 and BOOL`);
}
