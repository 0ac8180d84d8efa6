/** Random numbers made here, not by a backend, so that one seed gives the same draws on every engine. */
import { notWhileCapturing } from '../engine/cannot-capture.js';
import { seedSteps } from '../engine/random.js';

/** One stream of pseudo-random numbers (sfc32, Chris Doty-Humphrey's small fast counting generator). */
export class RandomStream {
  #a = 0;
  #b = 0;
  #c = 0;
  #count = 1;

  constructor(seed: number, stream: number) {
    let state = (seed ^ Math.imul(stream, 0x9e3779b9)) | 0;
    const next = (): number => {
      state = (state + 0x9e3779b9) | 0; // splitmix32 spreads neighbouring seeds apart
      let z = state ^ (state >>> 16);
      z = Math.imul(z, 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    [this.#a, this.#b, this.#c] = [next(), next(), next()];
    for (let i = 0; i < 12; i++) this.next();
  }

  /** The next number of [0, 1). */
  next(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#count) | 0;
    this.#count = (this.#count + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    this.#c |= 0;
    return (sum >>> 0) / 4294967296;
  }

  /** `count` numbers of [low, high). */
  uniform(count: number, low = 0, high = 1): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i++) values[i] = low + (high - low) * this.next();
    return values;
  }

  /** `count` draws from N(0, 1) by the Box–Muller transform. */
  normal(count: number): Float32Array {
    const values = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
      const angle = 2 * Math.PI * this.next();
      values[i] = radius * Math.cos(angle);
      if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
    }
    return values;
  }

  /** The integers 0 … count − 1 in random order (Fisher–Yates). */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(this.next() * (i + 1));
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}

interface Streams {
  readonly init: RandomStream;
  readonly shuffle: RandomStream;
  readonly sample: RandomStream;
}

// Separate streams: a model with dropout sees the batches in the same order as one without.
const streamsOf = (seed: number): Streams => ({
  init: new RandomStream(seed, 1),
  shuffle: new RandomStream(seed, 2),
  sample: new RandomStream(seed, 4),
});

let streams = streamsOf(crypto.getRandomValues(new Int32Array(1))[0]!);

/**
 * Makes what follows repeatable: initial weights, the order of batches, dropout and sampling.
 *
 * @param n an integer; the same `n` gives the same run.
 * @throws when it is none.
 */
export function seed(n: number): void {
  if (!Number.isInteger(n)) throw new Error(`seed expects an integer, got ${n}: write for example seed(0)`);
  streams = streamsOf(n | 0);
  seedSteps(n);
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

/** Uniform draws on [low, high) for a tensor of `shape`, from the stream of initial weights. */
export function uniform(shape: readonly number[], low = 0, high = 1): Float32Array {
  notWhileCapturing('draws random numbers in JavaScript');
  return streams.init.uniform(sizeOf(shape), low, high);
}

/** N(0, 1) draws for a tensor of `shape`, from the stream of initial weights. */
export function normal(shape: readonly number[]): Float32Array {
  notWhileCapturing('draws random numbers in JavaScript');
  return streams.init.normal(sizeOf(shape));
}

/** A random order of 0 … count − 1, from the stream of batch orders. */
export function permutation(count: number): Int32Array {
  return streams.shuffle.permutation(count);
}

/** One uniform draw on [0, 1) for sampling text. */
export function sampleUniform(): number {
  notWhileCapturing('draws random numbers in JavaScript');
  return streams.sample.next();
}
