/**
 * @file As much of an assembler for WebAssembly as some loops over vectors of four floats need. Code is a list of bytes
 * for a stack machine, so that an expression is its operands followed by the operation.
 */

/** Instructions; nested as it was put together. */
export type Code = readonly (number | Code)[];

const bytesOf = (code: Code): number[] =>
  code.flatMap((part) => (typeof part === 'number' ? [part] : bytesOf(part)));

function unsigned(value: number): number[] {
  const low = value & 127;
  return value < 128 ? [low] : [low | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const low = value & 127;
  const rest = value >> 7;
  const done = (rest === 0 && low < 64) || (rest === -1 && low >= 64);
  return done ? [low] : [low | 128, ...signed(rest)];
}

const single = (value: number): number[] => [...new Uint8Array(Float32Array.of(value).buffer)];
const vector = (...operation: number[]): number[] => [0xfd, ...operation.flatMap(unsigned)];

/** A local variable: parameters first, then those of the body. */
export interface Local {
  readonly get: Code;
  set(value: Code): Code;
}
const local = (index: number): Local => ({
  get: [0x20, unsigned(index)],
  set: (value) => [value, 0x21, unsigned(index)],
});

const binary =
  (...operation: number[]) =>
  (a: Code, b: Code): Code => [a, b, operation];

/** Whole numbers of 32 bits, addresses among them. */
export const int = {
  of: (value: number): Code => [0x41, signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  less: binary(0x49), // unsigned
  load: (at: Code): Code => [at, 0x28, 2, 0],
};

/** Four floats of 32 bits, or four whole numbers. */
export const four = {
  of: (value: number): Code => [0x43, single(value), vector(19)],
  ofInt: (value: number): Code => [int.of(value), vector(17)],
  load: (at: Code, offset = 0): Code => [at, vector(0), 0, unsigned(offset)],
  store: (at: Code, value: Code, offset = 0): Code => [at, value, vector(11), 0, unsigned(offset)],
  add: binary(...vector(228)),
  sub: binary(...vector(229)),
  mul: binary(...vector(230)),
  div: binary(...vector(231)),
  min: binary(...vector(232)),
  max: binary(...vector(233)),
  less: binary(...vector(67)),
  greater: binary(...vector(68)),
  /** Bits of `a` where `mask` has ones, else of `b`. */
  choose: (a: Code, b: Code, mask: Code): Code => [a, b, mask, vector(82)],
  abs: (a: Code): Code => [a, vector(224)],
  round: (a: Code): Code => [a, vector(106)],
  toInt: (a: Code): Code => [a, vector(248)],
  addInt: binary(...vector(174)),
  shiftLeft: (a: Code, bits: number): Code => [a, int.of(bits), vector(171)],
  /** Four of the eight numbers of two vectors. */
  pick: (a: Code, b: Code, ...lanes: number[]): Code => [
    a,
    b,
    vector(13),
    lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => 4 * lane + byte)),
  ],
};

/** `for (counter = 0; counter < limit; counter += step) body`, run once at least. */
export const loop = (counter: Local, limit: Code, step: number, body: Code): Code => [
  [counter.set(int.of(0)), 0x03, 0x40, body],
  [counter.set(int.add(counter.get, int.of(step))), int.less(counter.get, limit), 0x0d, 0, 0x0b],
];

/** `if (condition) body` */
export const when = (condition: Code, body: Code): Code => [condition, 0x04, 0x40, body, 0x0b];

const section = (id: number, ...items: number[][]): number[] => {
  const content = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(content.length), ...content];
};
const text = (value: string): number[] => [...unsigned(value.length), ...Buffer.from(value)];
const I32 = 0x7f;
const V128 = 0x7b;

/** A function of whole numbers that gives nothing back. */
export interface Routine {
  readonly parameters: number;
  readonly ints: number;
  readonly vectors: number;
  /** Its code, from its parameters and variables. */
  readonly body: (parameters: readonly Local[], ints: readonly Local[], vectors: readonly Local[]) => Code;
}

/** `\0asm`, version 1. */
const MAGIC = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** The module with these functions, over a memory that it imports as `env.memory`. */
export function assemble(routines: Readonly<Record<string, Routine>>): Uint8Array<ArrayBuffer> {
  const all = Object.entries(routines);
  const types = all.map(([, { parameters }]) => [
    0x60,
    parameters,
    ...Array<number>(parameters).fill(I32),
    0,
  ]);
  const codes = all.map(([, { parameters, ints, vectors, body }]) => {
    const locals = Array.from({ length: parameters + ints + vectors }, (_, i) => local(i));
    const [first, second] = [parameters, parameters + ints];
    const code = body(locals.slice(0, first), locals.slice(first, second), locals.slice(second));
    const bytes = [2, ...unsigned(ints), I32, ...unsigned(vectors), V128, ...bytesOf(code), 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  });
  return Uint8Array.from([
    ...MAGIC,
    ...section(1, ...types),
    ...section(2, [...text('env'), ...text('memory'), 2, 0, 0]),
    ...section(3, ...all.map((_, i) => unsigned(i))),
    ...section(7, ...all.map(([name], i) => [...text(name), 0, ...unsigned(i)])),
    ...section(10, ...codes),
  ]);
}
