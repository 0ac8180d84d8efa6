import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { backendInfo, ready } from './backend.js';
import { CannotCaptureError, capture, compile, type Program } from './capture.js';
import { nodeBackend } from './kernels.js';
import { nextStep, randomUniform, seedSteps } from './random.js';
import { tf } from './tf.js';
import { adam, descend, descendWithMomentum } from './updates.js';

before(ready);
const onTensorFlow = { skip: backendInfo().name === 'tensorflow' ? false : 'TensorFlow is not installed' };

const normal = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, 'float32', seed);
const values = (t: tf.Tensor) => [...t.dataSync()];
const variable = (data: tf.TensorLike, trainable = true) =>
  tf.tidy(() => tf.variable(tf.tensor(data), trainable));

function assertClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    const other = expected[i] ?? NaN;
    assert.ok(
      Math.abs(value - other) <= tolerance * Math.max(1, Math.abs(other)),
      `[${i}]: ${value} is not ${other}`,
    );
  });
}

type Update = (parameters: tf.Variable[], gradients: tf.Tensor[]) => void;

/** A small recurrent model, its loss and its training step. */
function model(update: Update) {
  const [W, U, b] = [normal([3, 4], 1), normal([4, 4], 2), tf.zeros([4])].map((t) => tf.variable(t)) as [
    tf.Variable,
    tf.Variable,
    tf.Variable,
  ];
  const parameters = [W, U, b];
  const forward = (x: tf.Tensor) => {
    let h: tf.Tensor = tf.zeros([x.shape[1] ?? 0, 4]);
    for (const row of tf.unstack(x)) h = tf.tanh(tf.add(tf.add(tf.matMul(row, W), tf.matMul(h, U)), b));
    return h;
  };
  const loss = (x: tf.Tensor, y: tf.Tensor) => tf.mean(tf.square(tf.sub(forward(x), y))) as tf.Scalar;
  const program: Program = ([x, y]) => {
    const { value, grads } = tf.variableGrads(() => loss(x as tf.Tensor, y as tf.Tensor), parameters);
    update(
      parameters,
      parameters.map((p) => grads[p.name] as tf.Tensor),
    );
    return [value];
  };
  return { parameters, program, loss };
}

const batch = (n: number): [tf.Tensor, tf.Tensor] => [normal([5, n, 3], 7), normal([n, 4], 8)];

/** Losses and final parameters of some steps. */
async function train(update: Update, captured: boolean, steps = 4) {
  const { parameters, program } = model(update);
  const step = capture(program);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const inputs = batch(i === steps - 1 ? 2 : 6); // the last batch is short
    const [loss] = captured ? await step.run(inputs) : tf.tidy(() => [...program(inputs)]);
    losses.push(...values(loss as tf.Tensor));
    tf.dispose([loss as tf.Tensor, ...inputs]);
  }
  const result = { losses, parameters: parameters.flatMap(values) };
  step.dispose();
  tf.dispose(parameters);
  return result;
}

const composed: Update = (parameters, gradients) =>
  parameters.forEach((p, i) => p.assign(tf.sub(p, tf.mul(gradients[i] as tf.Tensor, 0.1))));

/** Updates with state of their own, made anew for each run. */
const updates: Record<string, () => Update> = {
  'composed of tfjs ops': () => composed,
  'gradient descent': () => {
    const rate = variable(0.1, false);
    return (parameters, gradients) =>
      parameters.forEach((p, i) => descend(p, rate, gradients[i] as tf.Tensor));
  },
  momentum: () => {
    const rate = variable(0.1, false);
    const velocities = [[3, 4], [4, 4], [4]].map((shape) => tf.variable(tf.zeros(shape), false));
    return (parameters, gradients) =>
      parameters.forEach((p, i) =>
        descendWithMomentum(p, velocities[i] as tf.Variable, rate, 0.9, gradients[i] as tf.Tensor),
      );
  },
  'Adam with a large epsilon': () => {
    const zeros = () => [[3, 4], [4, 4], [4]].map((shape) => tf.variable(tf.zeros(shape), false));
    const [means, squares] = [zeros(), zeros()];
    const powers = [variable(1, false), variable(1, false)] as const;
    const rate = variable(0.05, false);
    return (parameters, gradients) => {
      const betas = [0.9, 0.999] as const;
      const next = [tf.mul(powers[0], betas[0]), tf.mul(powers[1], betas[1])] as const;
      powers.forEach((power, i) => power.assign(next[i as 0 | 1] as tf.Tensor));
      parameters.forEach((p, i) => {
        const state = { mean: means[i] as tf.Variable, square: squares[i] as tf.Variable };
        adam(p, gradients[i] as tf.Tensor, { ...state, rate, betas, powers: next, eps: 0.1 });
      });
    };
  },
};

describe('a captured training step', onTensorFlow, () => {
  for (const [name, make] of Object.entries(updates)) {
    test(`with ${name} gives the losses and parameters of the eager one`, async () => {
      const eager = await train(make(), false);
      const captured = await train(make(), true);
      assertClose(captured.losses, eager.losses);
      assertClose(captured.parameters, eager.parameters);
      assert.ok((eager.losses[2] ?? NaN) < (eager.losses[0] ?? NaN), 'it learns');
    });
  }

  test('is traced once for each combination of shapes', async () => {
    let traces = 0;
    const step = capture(([x]) => {
      traces++;
      return [tf.sum(x as tf.Tensor)];
    });
    const sum = async (shape: number[]) => values((await step.run([tf.ones(shape)]))[0] as tf.Tensor);
    assert.deepEqual(
      [await sum([2]), await sum([3]), await sum([2]), await sum([2, 1])],
      [[2], [3], [2], [2]],
    );
    assert.equal(traces, 3);
  });

  test('lets timers run while it computes', async () => {
    const x = tf.ones([600, 600]);
    const step = capture(([x]) => {
      let y = x as tf.Tensor;
      for (let i = 0; i < 30; i++) y = tf.mul(tf.matMul(x as tf.Tensor, y), 1 / 600);
      return [tf.mean(y)];
    });
    await step.run([x]);
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await step.run([x]);
    clearInterval(timer);
    assert.ok(ticks > 0, 'no timer ran');
  });

  test('of two models at once leaves each its own parameters', async () => {
    const [a, b] = [model(composed), model(composed)];
    const [stepA, stepB] = [capture(a.program), capture(b.program)];
    const inputs = batch(6);
    const [[first], [second]] = await Promise.all([stepA.run(inputs), stepB.run(inputs)]);
    assertClose(values(first as tf.Tensor), values(second as tf.Tensor));
    await stepA.run(inputs);
    const lossOf = ({ loss }: typeof a) => values(loss(...inputs))[0] ?? NaN;
    assert.ok(lossOf(a) < lossOf(b));
  });

  test('fails with the sentence of the op, at the call that is wrong', async () => {
    const step = capture(([x]) => [tf.matMul(x as tf.Tensor2D, x as tf.Tensor2D)]);
    await assert.rejects(step.run([tf.ones([2, 3])]), {
      name: 'TensorFlowError',
      message: 'BatchMatMulV2 of float32[2,3], float32[2,3]: Dimensions must be equal, but are 3 and 2',
    });
    const gather = capture(([x, i]) => [tf.gather(x as tf.Tensor, i as tf.Tensor1D)]);
    const outside = gather.run([tf.ones([2, 3]), tf.tensor1d([5], 'int32')]);
    await assert.rejects(outside, /running the captured step: indices\[0\] = 5 is not in \[0, 2\)/);
  });
});

describe('variables of a captured step', onTensorFlow, () => {
  const increment = (v: tf.Variable) =>
    capture(() => {
      v.assign(tf.add(v, 1));
      return [];
    });

  test('are read and written by eager code between steps', async () => {
    const v = variable([1, 2]);
    const step = increment(v);
    await step.run([]);
    assert.deepEqual(values(v), [2, 3]);
    assert.deepEqual(values(tf.mul(v, 10)), [20, 30]);
    v.assign(tf.tensor([7, 8]));
    await step.run([]);
    assert.deepEqual(values(v), [8, 9]);
  });

  test('have clones that keep the values they were cloned with', async () => {
    const v = variable([1]);
    const before = v.clone();
    const step = increment(v);
    await step.run([]);
    const after = v.clone();
    await step.run([]);
    assert.deepEqual([before, after, v].map(values), [[1], [2], [3]]);
    const kept = v.clone();
    v.assign(tf.tensor([10]));
    await step.run([]);
    assert.deepEqual([kept, v].map(values), [[3], [11]]);
  });

  test('are shared among captures, and survive them', async () => {
    const v = variable([1]);
    const [one, two] = [increment(v), capture(() => [tf.mul(v, 2)])];
    await one.run([]);
    assert.deepEqual(values((await two.run([]))[0] as tf.Tensor), [4]);
    one.dispose();
    assert.deepEqual(values((await two.run([]))[0] as tf.Tensor), [4]);
    two.dispose();
    assert.deepEqual(values(v), [2]);
    await increment(v).run([]);
    assert.deepEqual(values(v), [3]);
  });

  test('assigned twice, or each the value of the other, end as they would eagerly', async () => {
    const [a, b] = [variable([1]), variable([2])];
    const swap = capture(() => {
      const old = a.clone();
      a.assign(b);
      b.assign(old);
      a.assign(tf.mul(a, 10));
      return [tf.add(a, b)];
    });
    assert.deepEqual(values((await swap.run([]))[0] as tf.Tensor), [21]);
    assert.deepEqual([values(a), values(b)], [[20], [1]]);
  });

  test('keep their values when tracing fails halfway', async () => {
    const v = variable([1]);
    const step = capture(() => {
      v.assign(tf.zeros([1]));
      throw new Error('on purpose');
    });
    await assert.rejects(step.run([]), /on purpose/);
    assert.deepEqual(values(v), [1]);
    assert.deepEqual(values(tf.add(v, 1)), [2]);
  });

  test('that are updated in place and read again in the step are read after the update', async () => {
    const v = variable([1]);
    const step = capture(() => {
      const before = tf.mul(v, 1);
      descend(v, tf.scalar(1), tf.tensor([-5]));
      return [before, tf.mul(v, 1)];
    });
    assert.deepEqual((await step.run([])).map(values), [[1], [6]]);
  });
});

describe('what cannot be captured', onTensorFlow, () => {
  const here = /at .*capture\.test\.[jt]s:\d+:\d+$/;
  const rejects = async (program: Program, what: RegExp) => {
    const failure = capture(program).run([tf.ones([2, 3])]);
    await assert.rejects(failure, (error: Error) => {
      assert.ok(error instanceof CannotCaptureError);
      assert.match(error.message, what);
      assert.match(error.message, here);
      return true;
    });
    assert.equal(tf.add(1, 1).dataSync()[0], 2, 'eager code works afterwards');
  };

  test('reading values names what is read and the line', () =>
    rejects(
      ([x]) => [tf.scalar((x as tf.Tensor).dataSync()[0] ?? 0)],
      /because it reads the values of float32\[2,3\] at/,
    ));

  test('reading a variable', () => {
    const v = variable([1]);
    return rejects(
      ([x]) => [tf.mul(x as tf.Tensor, v.dataSync()[0] ?? 0)],
      /reads the values of float32\[1\]/,
    );
  });

  test('a shape that depends on values', () =>
    rejects(
      ([x]) => [tf.unique(tf.reshape(x as tf.Tensor, [6])).values],
      /uses UniqueV2, whose shape depends on values/,
    ));

  test('random numbers made in JavaScript, which would be the same at every step', () =>
    rejects(([x]) => [tf.mul(x as tf.Tensor, tf.randomUniform([3]))], /draws a random number in JavaScript/));

  test('a new variable', () => rejects(([x]) => [tf.variable(x as tf.Tensor)], /makes a variable/));

  test('a constant made in JavaScript may be read', async () => {
    const step = capture(([x]) => [tf.mul(x as tf.Tensor, tf.scalar(3).dataSync()[0] ?? 0)]);
    assert.deepEqual(values((await step.run([tf.ones([2])]))[0] as tf.Tensor), [3, 3]);
  });
});

describe('memory', onTensorFlow, () => {
  const count = () => [
    nodeBackend()!.binding.getNumOfTensors(),
    tf.memory().numTensors,
    tf.memory().numDataBuffers,
  ];

  test('steps hold no tensors, captures are freed', async () => {
    const run = async () => {
      const { parameters, program } = model(composed);
      const step = capture(program);
      for (let i = 0; i < 5; i++) {
        const inputs = batch(3 + (i % 2));
        tf.dispose([...(await step.run(inputs)), ...inputs]);
      }
      step.dispose();
      tf.dispose(parameters);
    };
    await run();
    const held = count();
    for (let i = 0; i < 3; i++) await run();
    // tf.variable(tf.zeros(...)) and the like in model() leave their first tensors behind, three each time
    assert.deepEqual(
      count(),
      held.map((n) => n + 3 * 3),
    );
  });

  test('their kernels are freed once in a while, but not under a step that computes', async (t) => {
    const { binding } = nodeBackend()!;
    assert.ok(binding.api.TFE_ContextClearCaches); // declared at its first use
    const clear = t.mock.method(binding.api, 'TFE_ContextClearCaches');
    const x = tf.ones([2]);
    const drop = (times: number) => {
      for (let i = 0; i < times; i++) {
        const step = capture(([y]) => [tf.neg(y as tf.Tensor)]);
        tf.dispose(step.runSync([x]));
        step.dispose();
      }
    };
    drop(100);
    assert.ok(clear.mock.callCount() > 0);
    const before = clear.mock.callCount();
    const slow = capture(([y]) => [tf.matMul(y as tf.Tensor, y as tf.Tensor)]);
    const big = tf.ones([512, 512]);
    const computing = slow.run([big]);
    drop(100);
    assert.equal(clear.mock.callCount(), before);
    const results = await computing;
    drop(1);
    assert.equal(clear.mock.callCount(), before + 1);
    tf.dispose([...results, ...(await slow.run([big])), x, big]);
    slow.dispose();
  });

  test('tracing that fails leaves nothing behind', async () => {
    const x = tf.ones([2]);
    const run = () =>
      assert.rejects(capture(([x]) => [tf.scalar((x as tf.Tensor).dataSync()[0] ?? 0)]).run([x]));
    await run();
    const held = count();
    for (let i = 0; i < 5; i++) await run();
    assert.deepEqual(count(), held);
  });
});

describe('random tensors', onTensorFlow, () => {
  const draw = () => [randomUniform([2, 3]), randomUniform([2, 3])];

  test('are the same eagerly and captured, differ among draws and steps, and repeat after a seed', async () => {
    const step = capture(draw);
    const sequence = async () => {
      seedSteps(5);
      const rows: number[][] = [];
      for (let i = 0; i < 3; i++) {
        const seed = nextStep();
        const eager = draw().map(values);
        assert.deepEqual((await step.run([], seed)).map(values), eager);
        rows.push(...eager);
      }
      return rows;
    };
    const rows = await sequence();
    assert.equal(new Set(rows.map(String)).size, 6);
    assert.ok(rows.flat().every((value) => value >= 0 && value < 1));
    assert.deepEqual(await sequence(), rows);
  });

  test('are uniform on every backend', () => {
    for (const backend of ['tensorflow', 'cpu']) {
      void tf.setBackend(backend);
      seedSteps(1);
      nextStep();
      const drawn = values(randomUniform([100, 100]));
      const mean = drawn.reduce((a, b) => a + b) / drawn.length;
      const variance = drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / drawn.length;
      assert.ok(Math.abs(mean - 0.5) < 0.01, `mean ${mean} on ${backend}`);
      assert.ok(Math.abs(variance - 1 / 12) < 0.003, `variance ${variance} on ${backend}`);
    }
    void tf.setBackend('tensorflow');
  });
});

describe('denormal numbers', onTensorFlow, () => {
  const tiny: Program = ([x]) => {
    const a = x as tf.Tensor2D;
    return [tf.mul(a, a), tf.div(a, 1e20), tf.matMul(a, a)];
  };
  const flushed = (tensors: readonly tf.Tensor[]) =>
    tensors.every((t) => t.dataSync().every((value) => value === 0));

  test('are flushed to zero eagerly, captured, and on another thread, in small and large tensors', async () => {
    const step = capture(tiny);
    for (const size of [4, 512]) {
      const x = [tf.fill([size, size], 1e-20)];
      assert.deepEqual([tiny(x), step.runSync(x), await step.run(x)].map(flushed), [true, true, true]);
    }
  });
});

test('compile runs on any backend, keeps its types and takes several inputs', () => {
  const distance = compile((x: tf.Tensor1D, y: tf.Tensor1D) => tf.sqrt(tf.sum(tf.square(tf.sub(x, y)))));
  const present = tf.getBackend();
  for (const backend of [present, 'cpu']) {
    void tf.setBackend(backend);
    assert.deepEqual(values(distance(tf.tensor1d([1, 2]), tf.tensor1d([4, 6]))), [5]);
  }
  void tf.setBackend(present);
  distance.dispose();
});
