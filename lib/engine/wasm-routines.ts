/**
 * @file What the wasm package is slow at, as routines of vectors: its exp and tanh take eight nanoseconds a number, its
 * transpose copies number by number, and of one-hot vectors and sums of rows it makes products.
 */
import { assemble, type Code, four, int, type Local, loop, type Routine, when } from './wasm-assembler.js';

/** Bytes of four floats. */
const STEP = 16;
const bytes = (count: Code): Code => int.mul(count, int.of(4));

/** `c[0] + x · (c[1] + x · (c[2] + …))` */
const polynomial = (x: Code, [first = 0, ...rest]: readonly number[]): Code =>
  rest.length === 0 ? four.of(first) : four.add(four.of(first), four.mul(x, polynomial(x, rest)));

/** A function of each number: from, to, how many (a multiple of four). */
const each = (vectors: number, f: (x: Code, v: readonly Local[]) => [Code, Code]): Routine => ({
  parameters: 3,
  ints: 1,
  vectors,
  body: ([from, to, count], [at], v) => {
    const [before, value] = f(four.load(int.add(from!.get, at!.get)), v);
    return loop(at!, bytes(count!.get), STEP, [before, four.store(int.add(to!.get, at!.get), value)]);
  },
});

// Beyond, tanh is ±1 in float32; below, tanh(x) is x.
const [LARGEST, SMALL] = [7.90531110763549805, 4e-4];
const ODD = [
  4.89352455891786e-3, 6.37261928875436e-4, 1.48572235717979e-5, 5.12229709037114e-8, -8.60467152213735e-11,
  2.00018790482477e-13, -2.76076847742355e-16,
];
const EVEN = [4.89352518554385e-3, 2.268434632439e-3, 1.18534705686654e-4, 1.19825839466702e-6];

/** A quotient of polynomials, exact to some 1e-7: Eigen's. */
const tanh = each(2, (given, [x, square]) => {
  const clamped = four.max(four.min(given, four.of(LARGEST)), four.of(-LARGEST));
  const before = [x!.set(clamped), square!.set(four.mul(x!.get, x!.get))];
  const quotient = four.div(four.mul(x!.get, polynomial(square!.get, ODD)), polynomial(square!.get, EVEN));
  return [before, four.choose(x!.get, quotient, four.less(four.abs(x!.get), four.of(SMALL)))];
});

// exp overflows above, and is 0 below but for denormals, which nobody wants.
const [HIGH, LOW] = [88.72283, -87.33654];
/** ln 2 in two parts, the first exact when multiplied by a small whole number. */
const [LN2, LN2_REST] = [0.693359375, -2.1219444e-4];
const EXP = [1, 1, 0.5, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.98756915e-4];

/** 2ⁿ times a polynomial of what is left of x: Cephes'. */
const exp = each(3, (given, [x, n, y]) => {
  const clamped = four.max(four.min(x!.get, four.of(HIGH)), four.of(LOW));
  const rest = four.sub(
    four.sub(clamped, four.mul(n!.get, four.of(LN2))),
    four.mul(n!.get, four.of(LN2_REST)),
  );
  // 2ⁿ as 2 · 2ⁿ⁻¹, for n may be 128
  const power = four.shiftLeft(four.addInt(four.toInt(n!.get), four.ofInt(126)), 23);
  const before = [
    x!.set(given),
    n!.set(four.round(four.mul(clamped, four.of(Math.LOG2E)))),
    y!.set(rest),
    y!.set(four.mul(four.mul(polynomial(y!.get, EXP), four.of(2)), power)),
  ];
  const bounded = four.choose(four.of(Infinity), y!.get, four.greater(x!.get, four.of(HIGH)));
  return [before, four.choose(four.of(0), bounded, four.less(x!.get, four.of(LOW)))];
});

/** Rows added up: from (rows, columns), to (columns), rows, columns (a multiple of four). */
const sumRows: Routine = {
  parameters: 4,
  ints: 3,
  vectors: 1,
  body: ([from, to, rows, columns], [column, row, at], [sum]) =>
    loop(column!, bytes(columns!.get), STEP, [
      sum!.set(four.of(0)),
      at!.set(int.add(from!.get, column!.get)),
      loop(row!, rows!.get, 1, [
        sum!.set(four.add(sum!.get, four.load(at!.get))),
        at!.set(int.add(at!.get, bytes(columns!.get))),
      ]),
      four.store(int.add(to!.get, column!.get), sum!.get),
    ]),
};

/** For each row its place in a table, if it has one: places (rows), table (depth, columns), other (rows, columns). */
const byPlace = (copy: (place: Code, at: Code) => Code): Routine => ({
  parameters: 6,
  ints: 5,
  vectors: 0,
  body: ([places, table, other, rows, depth, columns], [row, place, line, at, column]) =>
    loop(row!, rows!.get, 1, [
      place!.set(int.load(int.add(places!.get, bytes(row!.get)))),
      // as a number without sign, a negative place is a large one
      when(int.less(place!.get, depth!.get), [
        line!.set(int.add(table!.get, int.mul(place!.get, bytes(columns!.get)))),
        at!.set(int.add(other!.get, int.mul(row!.get, bytes(columns!.get)))),
        loop(
          column!,
          bytes(columns!.get),
          STEP,
          copy(int.add(line!.get, column!.get), int.add(at!.get, column!.get)),
        ),
      ]),
    ]),
});

/** other[i] ← table[places[i]] */
const pickRows = byPlace((place, at) => four.store(at, four.load(place)));

/** table[places[i]] ← table[places[i]] + other[i] */
const addRows = byPlace((place, at) => four.store(place, four.add(four.load(place), four.load(at))));

/** From (rows, columns) to (columns, rows), both multiples of four, in blocks of four by four. */
const transpose: Routine = {
  parameters: 4,
  ints: 4,
  vectors: 8,
  body: ([from, to, rows, columns], [row, column, source, target], v) => {
    const [a, b, c, d, e, f, g, h] = v.map((x) => x.get) as [Code, Code, Code, Code, Code, Code, Code, Code];
    const next = (x: Local, count: Local): Code => x.set(int.add(x.get, bytes(count.get)));
    return loop(row!, rows!.get, 4, [
      loop(column!, columns!.get, 4, [
        source!.set(int.add(from!.get, bytes(int.add(int.mul(row!.get, columns!.get), column!.get)))),
        target!.set(int.add(to!.get, bytes(int.add(int.mul(column!.get, rows!.get), row!.get)))),
        v.slice(0, 4).map((x) => [x.set(four.load(source!.get)), next(source!, columns!)]),
        [v[4]!.set(four.pick(a, b, 0, 4, 1, 5)), v[5]!.set(four.pick(c, d, 0, 4, 1, 5))],
        [v[6]!.set(four.pick(a, b, 2, 6, 3, 7)), v[7]!.set(four.pick(c, d, 2, 6, 3, 7))],
        [
          four.pick(e, f, 0, 1, 4, 5),
          four.pick(e, f, 2, 3, 6, 7),
          four.pick(g, h, 0, 1, 4, 5),
          four.pick(g, h, 2, 3, 6, 7),
        ].map((line) => [four.store(target!.get, line), next(target!, rows!)]),
      ]),
    ]);
  },
};

const routines = { tanh, exp, sumRows, pickRows, addRows, transpose };

/** The routines, over the memory of the package's own module; addresses and counts are whole numbers. */
export type Routines = { readonly [Name in keyof typeof routines]: (...numbers: number[]) => void };

/** What is used of WebAssembly; Node's types leave it to the browser's. */
interface Engine {
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

/** Compiles the routines over a `WebAssembly.Memory`. @throws where the machine has no vectors of four floats (SIMD) */
export function compileRoutines(memory: object): Routines {
  const { Module, Instance } = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
  return new Instance(new Module(assemble(routines)), { env: { memory } }).exports as Routines;
}
