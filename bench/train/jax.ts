/**
 * @file The step of W1 and W2 in jax-js, on wasm and compiled by its `jit`: `jax.js W2` prints one line of JSON.
 * `D2L_JAX` names the package's module, e.g. `D2L_JAX=/elsewhere/node_modules/@jax-js/jax/dist/index.js`.
 */
import { pathToFileURL } from 'node:url';

/** An array of jax-js's: a function that is given one frees it, `ref` keeps it for another. */
interface Arr {
  readonly ref: Arr;
  add(other: Arr): Arr;
  sub(other: Arr): Arr;
  mul(other: Arr | number): Arr;
  div(other: Arr): Arr;
  sum(): Arr;
  reshape(shape: number[]): Arr;
  slice(index: number): Arr;
  dispose(): void;
  data(): Promise<Float32Array>;
}
type Parameters = Record<string, Arr>;

/** What is used of the package. */
interface Jax {
  init(device: string): Promise<unknown>;
  defaultDevice(device: string): unknown;
  jit<A extends unknown[], R>(f: (...inputs: A) => R): (...inputs: A) => R;
  valueAndGrad<A extends unknown[]>(
    f: (p: Parameters, ...rest: A) => Arr,
  ): (p: Parameters, ...rest: A) => [Arr, Parameters];
  readonly tree: { ref(tree: Parameters): Parameters; dispose(tree: Parameters): void };
  readonly nn: { sigmoid(x: Arr): Arr; oneHot(x: Arr, depth: number): Arr; logSoftmax(x: Arr): Arr };
  readonly numpy: {
    readonly int32: unknown;
    array(values: Float32Array | Int32Array | number, options?: { dtype: unknown }): Arr;
    zeros(shape: number[]): Arr;
    matmul(a: Arr, b: Arr): Arr;
    tanh(x: Arr): Arr;
    sqrt(x: Arr): Arr;
    square(x: Arr): Arr;
    minimum(a: Arr, b: Arr): Arr;
    concatenate(parts: Arr[], axis: number): Arr;
  };
}

const [VOCAB, HIDDENS, BATCH, STEPS, RATE] = [28, 32, 1024, 32, 4];
const { D2L_JAX: path } = process.env;
if (!path) throw new Error('D2L_JAX is not set: name the module of @jax-js/jax');
const jax = (await import(pathToFileURL(path).href)) as Jax;
const { numpy: np, nn } = jax;
await jax.init('wasm');
jax.defaultDevice('wasm');

const weight = (...shape: [number, number]): Arr => {
  const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => 0.02 * Math.sin(12.9898 * i));
  return np.array(values).reshape(shape);
};

/** One letter for each gate, the cell's own last. */
const gates: Record<string, string> = { W1: 'h', W2: 'ifoc' };

function makeParameters(names: string): Parameters {
  const p: Parameters = { wq: weight(HIDDENS, VOCAB), bq: np.zeros([VOCAB]) };
  for (const gate of names) {
    p[`x${gate}`] = weight(VOCAB, HIDDENS);
    p[`h${gate}`] = weight(HIDDENS, HIDDENS);
    p[`b${gate}`] = np.zeros([HIDDENS]);
  }
  return p;
}

const of = (p: Parameters, name: string): Arr => (p[name] as Arr).ref;

/** Outputs of all steps, from one-hot inputs (T, B, V). */
function outputs(p: Parameters, inputs: Arr, names: string): Arr[] {
  let h = np.zeros([BATCH, HIDDENS]);
  let c = np.zeros([BATCH, HIDDENS]);
  const all = Array.from({ length: STEPS }, (_, t) => {
    const x = inputs.ref.slice(t);
    const gate = (name: string): Arr =>
      np
        .matmul(x.ref, of(p, `x${name}`))
        .add(np.matmul(h.ref, of(p, `h${name}`)))
        .add(of(p, `b${name}`));
    const sums = [...names].map(gate);
    x.dispose();
    h.dispose();
    const [i, f, o, node] = sums as [Arr, Arr, Arr, Arr];
    if (names.length === 1) h = np.tanh(i);
    else {
      c = nn
        .sigmoid(f)
        .mul(c)
        .add(nn.sigmoid(i).mul(np.tanh(node)));
      h = nn.sigmoid(o).mul(np.tanh(c.ref));
    }
    return h.ref;
  });
  for (const rest of [h, c, inputs]) rest.dispose();
  return all;
}

/** The mean cross-entropy of tokens y (T, B) after tokens x (T, B). */
const loss =
  (names: string) =>
  (p: Parameters, x: Arr, y: Arr): Arr => {
    const hs = np.concatenate(outputs(p, nn.oneHot(x, VOCAB), names), 0);
    const logits = np.matmul(hs, of(p, 'wq')).add(of(p, 'bq'));
    jax.tree.dispose(p);
    const wanted = nn.oneHot(y, VOCAB).reshape([STEPS * BATCH, VOCAB]);
    return nn
      .logSoftmax(logits)
      .mul(wanted)
      .sum()
      .mul(-1 / (STEPS * BATCH));
  };

/** Gradients clipped to a common norm of 1, then descent. */
function update(p: Parameters, gradients: Parameters): Parameters {
  const norm = Object.values(gradients).reduce((sum, g) => sum.add(np.square(g.ref).sum()), np.array(0));
  const factor = np.minimum(np.array(1), np.array(1).div(np.sqrt(norm))).mul(RATE);
  const next = Object.entries(p).map(([name, value]) => [
    name,
    value.sub((gradients[name] as Arr).mul(factor.ref)),
  ]);
  factor.dispose();
  return Object.fromEntries(next) as Parameters;
}

const [workload = ''] = process.argv.slice(2);
const names = gates[workload];
if (!names) throw new Error(`jax-js has ${Object.keys(gates).join(' and ')} only, not ${workload}`);
const step = jax.jit((p: Parameters, x: Arr, y: Arr): [Arr, Parameters] => {
  const [value, gradients] = jax.valueAndGrad(loss(names))(jax.tree.ref(p), x, y);
  return [value, update(p, gradients)];
});
const tokens = (shift: number): Arr => {
  const values = Int32Array.from({ length: STEPS * BATCH }, (_, i) => ((i + shift) * 7919) % VOCAB);
  return np.array(values, { dtype: np.int32 }).reshape([STEPS, BATCH]);
};

const WARM = 3;
const times: { ms: number; cpu: number }[] = [];
let p = makeParameters(names);
for (let i = 0; i < WARM + 12; i++) {
  const [x, y] = [tokens(i), tokens(i + 1)];
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  const [value, next] = step(p, x, y);
  await value.data();
  await of(next, 'bq').data(); // the update is done, too
  p = next;
  const { user, system } = process.cpuUsage(cpu);
  times.push({ ms: performance.now() - begun, cpu: (user + system) / 1000 });
}
const sorted = (values: number[]): number[] => values.sort((a, b) => a - b);
const timed = times.slice(WARM);
const walls = sorted(timed.map(({ ms }) => ms));
const cpus = sorted(timed.map(({ cpu }) => cpu));
const median = (values: number[]): number => values[values.length >> 1] ?? NaN;
const step_ms = { median: median(walls), min: walls[0] };
console.log(JSON.stringify({ workload, step_ms, cpu_ms: { median: median(cpus), min: cpus[0] } }));
