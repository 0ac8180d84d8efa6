/** @file PyTorch's numbers as tensors, and the comparison with them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { capture } from '../engine/capture.js';
import * as d2l from '../main.js';

/**
 * How the numbers are made: operation by operation, or, with D2L_TEST_STEPS=captured, recorded first and then run as one
 * call of TensorFlow's, as a training step is.
 */
export const CAPTURED = process.env['D2L_TEST_STEPS'] === 'captured';

/** The tensors that `program` gives, made in the way that is tested. */
export function computed<T extends readonly d2l.Tensor[]>(program: () => T): T {
  if (!CAPTURED) return program();
  const captured = capture(() => program() as unknown as d2l.tf.Tensor[]);
  try {
    return captured.runSync([]) as unknown as T;
  } finally {
    captured.dispose();
  }
}

/** A tensor as the fixture files hold it. */
export interface Stored {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Reads `lib/test/fixtures/<name>.json`. */
export function fixture<T>(name: string): T {
  return JSON.parse(
    readFileSync(new URL(`../../../lib/test/fixtures/${name}.json`, import.meta.url), 'utf8'),
  ) as T;
}

export function tensorOf<T extends d2l.Tensor>({ shape, data }: Stored, dtype: d2l.DType = 'float32'): T {
  return d2l.tf.tensor([...data], [...shape], dtype) as d2l.Tensor as T;
}

/** PyTorch's names in this library's spelling: `rnn.weight_ih_l0` is `rnn.weightIhL0`, `W_xi` is `Wxi`. */
export function camel(name: string): string {
  return name
    .split('.')
    .map((part) =>
      part
        .replace(/^([Wb])_(?=[a-z]{1,2}$)/, '$1')
        .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
    )
    .join('.');
}

/** Gives a module the stored weights; its parameters must be exactly these. */
export function setWeights(module: d2l.Module, weights: Readonly<Record<string, Stored>>): void {
  const parameters = module.namedParameters();
  assert.deepEqual([...parameters.keys()].sort(), Object.keys(weights).map(camel).sort());
  for (const [name, value] of Object.entries(weights)) parameters.get(camel(name))?.assign(tensorOf(value));
}

/** Asserts closeness relative to the largest number, 1e-5 by default: what float32 can hold of float64. */
export function assertClose(
  actual: d2l.Tensor | readonly number[],
  expected: Stored | readonly number[] | d2l.Tensor,
  label: string,
  tolerance = 1e-5,
): void {
  const got = numbersOf(actual);
  const want = numbersOf(expected);
  if ('shape' in actual && 'shape' in expected)
    assert.deepEqual(actual.shape, expected.shape, `${label}: shape`);
  assert.equal(got.length, want.length, `${label}: count`);
  const scale = Math.max(1e-3, ...want.map(Math.abs));
  const worst = Math.max(...want.map((w, i) => Math.abs(w - (got[i] ?? NaN)) / scale));
  assert.ok(worst <= tolerance, `${label}: off by ${worst} of the largest, ${scale}`); // NaN fails too
}

function numbersOf(value: d2l.Tensor | Stored | readonly number[]): number[] {
  if ('dataSync' in value) return [...value.dataSync()];
  return 'data' in value ? [...value.data] : [...value];
}

/** The value and the gradients of `f` by the parameters of a module (by name) and by other tensors. */
export function gradients<N extends string>(
  module: d2l.Module,
  others: Readonly<Record<N, d2l.Tensor>>,
  f: (inputs: Record<N, d2l.Tensor>) => d2l.Tensor,
): { value: d2l.Tensor; grads: Map<string, d2l.Tensor> } {
  const named = module.namedParameters();
  const inputs = new Map(
    Object.entries<d2l.Tensor>(others).map(([name, x]) => [name, d2l.parameter(x as d2l.tf.Tensor)]),
  );
  const all = [...named, ...inputs];
  const variables = Object.fromEntries(inputs) as unknown as Record<N, d2l.Tensor>;
  let found: string[] = [];
  const [value, ...slopes] = computed(() => {
    const result = d2l.tf.variableGrads(
      () => f(variables) as d2l.Scalar,
      all.map(([, variable]) => variable),
    );
    const present = all.filter(([, variable]) => result.grads[variable.name]);
    found = present.map(([name]) => name);
    return [result.value, ...present.map(([, variable]) => result.grads[variable.name] as d2l.Tensor)];
  });
  return {
    value: value as d2l.Tensor,
    grads: new Map(found.map((name, i) => [name, slopes[i] as d2l.Tensor])),
  };
}
