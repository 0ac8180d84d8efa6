import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import { assertClose, computed, fixture, tensorOf, type Stored } from '../test/fixtures.js';

interface OptimizerFixture {
  params0: Stored[];
  grads: Stored[][];
  steps: Record<string, { params: Stored[] }[]>;
}

const f = fixture<OptimizerFixture>('optimizers');
const optimizers: Record<string, (params: d2l.Parameter[]) => d2l.Optimizer> = {
  SGD_lr4: (params) => new d2l.SGD(params, 4),
  'SGD_lr0.1_momentum0.9': (params) => new d2l.SGD(params, 0.1, { momentum: 0.9 }),
  'Adam_lr0.005': (params) => new d2l.Adam(params, 0.005),
  'Adam_lr0.005_wd0.01': (params) => new d2l.Adam(params, 0.005, { weightDecay: 0.01 }),
};

for (const [name, wanted] of Object.entries(f.steps)) {
  test(`${name}: three steps are PyTorch's`, () => {
    const params = f.params0.map((p) => d2l.parameter(tensorOf(p) as d2l.tf.Tensor));
    const optimizer = optimizers[name]?.(params);
    assert.ok(optimizer, `no optimizer for ${name}`);
    wanted.forEach((step, t) => {
      optimizer.beforeStep?.(t);
      computed(() => {
        optimizer.step((f.grads[t] ?? []).map((g) => tensorOf(g)));
        return [];
      });
      step.params.forEach((p, i) => assertClose(params[i] as d2l.Parameter, p, `parameter ${i}, step ${t}`));
    });
    assert.equal(wanted.length, 3);
  });
}

test('a parameter without a gradient stays; a wrong number of gradients is refused', () => {
  const params = f.params0.map((p) => d2l.parameter(tensorOf(p) as d2l.tf.Tensor));
  for (const optimizer of [new d2l.SGD(params, 1), new d2l.Adam(params)]) {
    optimizer.step(params.map(() => undefined));
    params.forEach((p, i) => assertClose(p, f.params0[i] as Stored, `parameter ${i}`, 1e-7));
    assert.throws(() => optimizer.step([]), new RegExp(`holds ${params.length} parameters but was given 0`));
  }
});

interface ClipCase {
  grads: Stored[];
  max_norm: number;
  d2l_clipped: Stored[];
}

test("clipping by the common norm is d2l's, above and below the limit, and leaves zeros and gaps alone", () => {
  const { cases } = fixture<{ cases: Record<'above' | 'below', ClipCase> }>('clip_grad_norm');
  for (const [name, { grads, max_norm, d2l_clipped }] of Object.entries(cases)) {
    let clipped: (d2l.Tensor | undefined)[] = [];
    const scaled = computed(() => {
      clipped = d2l.clipGradients(max_norm, [...grads.map((g) => tensorOf(g)), undefined]);
      return clipped.filter((g) => g !== undefined);
    });
    d2l_clipped.forEach((g, i) => assertClose(scaled[i] as d2l.Tensor, g, `${name} ${i}`));
    assert.equal(clipped.at(-1), undefined);
  }
  assertClose(d2l.clipGradients(1, [d2l.zeros([3])])[0] as d2l.Tensor, [0, 0, 0], 'zeros');
});
