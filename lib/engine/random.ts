/**
 * @file Random tensors that can be captured: TensorFlow draws them from a seed that changes from step to step, so a
 * captured step and an eager one draw the same numbers. Elsewhere a counter-based generator of our own does.
 */
import { DType, sizeOf, typeAttr } from './dtypes.js';
import { nodeBackend } from './kernels.js';
import { tf } from './tf.js';

/** Spreads the bits of a counter (splitmix32). */
function mix(value: number): number {
  let z = (value + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return z ^ (z >>> 15);
}

let globalSeed = mix(Date.now());
let steps = 0;
let stepSeed = mix(globalSeed);
let draws = 0;
let captured: (() => tf.Tensor) | undefined;

/** Makes the random tensors that follow repeatable. */
export function seedSteps(n: number): void {
  globalSeed = mix(n);
  steps = 0;
  stepSeed = mix(globalSeed);
  draws = 0;
}

/** Begins a step: its draws come from a seed of its own, which is returned for captured steps to be fed. */
export function nextStep(): number {
  stepSeed = mix(globalSeed ^ mix(++steps));
  draws = 0;
  return stepSeed;
}

/** Lets draws take their seed from `seed`, an input of the step under capture, while `task` runs. */
export function withCapturedSeed<T>(seed: () => tf.Tensor, task: () => T): T {
  captured = seed;
  draws = 0;
  try {
    return task();
  } finally {
    captured = undefined;
  }
}

function drawHere(shape: number[], draw: number): tf.Tensor {
  const values = new Float32Array(sizeOf(shape));
  const start = mix(stepSeed ^ mix(draw));
  for (let i = 0; i < values.length; i++)
    values[i] = (mix(start + Math.imul(i, 0x632be59b)) >>> 8) / 0x1000000;
  return tf.tensor(values, shape);
}

/** Uniform draws on [0, 1), float32 of `shape`; repeatable after `seed(n)`, eagerly and in captured steps alike. */
export function randomUniform(shape: number[]): tf.Tensor {
  const draw = draws++;
  const backend = nodeBackend();
  if (!backend || tf.getBackend() !== 'tensorflow') return drawHere(shape, draw);
  return tf.tidy(() => {
    const seed = captured ? captured() : tf.scalar(stepSeed, 'int32');
    const pair = tf.stack([seed, tf.scalar(draw, 'int32')]);
    const attrs = [
      typeAttr('dtype', DType.TF_FLOAT),
      typeAttr('T', DType.TF_INT32),
      typeAttr('Tseed', DType.TF_INT32),
    ];
    return backend.executeSingleOutput('StatelessRandomUniform', attrs, [tf.tensor1d(shape, 'int32'), pair]);
  });
}
