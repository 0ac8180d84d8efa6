/** @file The few bytes of protocol buffers that TensorFlow's C API wants: ConfigProto out, OpDef in. */

/** What a TensorFlow context or session is told at its creation; times and counts default to TensorFlow's own choice. */
export interface Config {
  /** Threads inside one op. */
  readonly intraOpThreads?: number;
  /** Threads that run independent ops. */
  readonly interOpThreads?: number;
  /** Give this session its own pool for independent ops. */
  readonly ownThreads?: boolean;
  /** How many GPUs may be used; 0 hides them all. */
  readonly maxGpus?: number;
  /** Whether grappler, the graph optimizer, runs: a slower first step for a faster step. */
  readonly grappler?: boolean;
}

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 127n);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 128 : low);
  } while (rest > 0n);
  return bytes;
}

const intField = (field: number, value: number): number[] => [...varint(field << 3), ...varint(value)];
const bytesField = (field: number, bytes: readonly number[]): number[] => [
  ...varint((field << 3) | 2),
  ...varint(bytes.length),
  ...bytes,
];

/** Serialises a ConfigProto; GPU memory grows on demand instead of being taken whole. */
export function configProto(config: Config): Uint8Array {
  const bytes: number[] = [];
  if (config.maxGpus !== undefined) {
    const entry = [...bytesField(1, [...Buffer.from('GPU')]), ...intField(2, config.maxGpus)];
    bytes.push(...bytesField(1, entry)); // device_count
  }
  if (config.intraOpThreads) bytes.push(...intField(2, config.intraOpThreads));
  if (config.interOpThreads) bytes.push(...intField(5, config.interOpThreads));
  bytes.push(...bytesField(6, intField(4, 1))); // gpu_options.allow_growth
  bytes.push(...intField(7, 1)); // allow_soft_placement
  if (config.ownThreads) bytes.push(...intField(9, 1)); // use_per_session_threads
  if (config.grappler === false) {
    bytes.push(...bytesField(10, bytesField(10, intField(19, 1)))); // rewrite_options.disable_meta_optimizer
  }
  return Uint8Array.from(bytes);
}

/** Serialises an AttrValue that is a list of strings: its `list` is field 1, their `s` field 2. */
export const stringListProto = (values: readonly string[]): Uint8Array =>
  Uint8Array.from(
    bytesField(
      1,
      values.flatMap((value) => bytesField(2, [...Buffer.from(value)])),
    ),
  );

/** One field of a message: its number and its value, bytes for anything with a length. */
export type Field = { readonly number: number; readonly value: number | Uint8Array };

/** Walks over the fields of a serialised message; fixed32 and fixed64 fields are skipped. */
export function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const next = (): number => {
    let result = 0;
    let scale = 1;
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('internal: a protocol buffer ended in the middle of a number');
      result += (byte & 127) * scale;
      if (byte < 128) return result;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const key = next();
    const number = key >>> 3;
    const wire = key & 7;
    if (wire === 0) yield { number, value: next() };
    else if (wire === 2) {
      const length = next();
      yield { number, value: bytes.subarray(at, (at += length)) };
    } else at += wire === 1 ? 8 : 4;
  }
}
