/**
 * @file Capture: a function over tensors and variables is traced once per combination of input shapes and then runs
 * as one call of TensorFlow's, several times faster than op by op.
 *
 * What a trainer needs:
 *
 *     const step = capture((batch) => { ...; optimizer.step(gradients); return [loss]; });
 *     nextStep();                              // a new seed for dropout (random.ts)
 *     const [loss] = await step.run(batch);    // tensors, the caller's to dispose; the event loop turns meanwhile
 *     step.dispose();
 *
 * - Variables are found by themselves, updated in place on the device, and keep their values for eager code.
 * - The function runs once per shape, at the first run: what it does besides tensors happens then and not again.
 * - What a graph cannot repeat throws CannotCaptureError, with all variables as they were: run that step eagerly.
 */
import { CannotCaptureError, whileCapturing } from './cannot-capture.js';
import type { TensorMetadata } from './binding.js';
import type { Handle, Output } from './c-api.js';
import { DType } from './dtypes.js';
import { GraphFunction } from './function.js';
import { Graph } from './graph.js';
import { type NodeBackend, nodeBackend } from './kernels.js';
import { nextStep, withCapturedSeed } from './random.js';
import { tf } from './tf.js';
import { StepVariables } from './variables.js';

export { CannotCaptureError };

/** A function of tensors and variables: no values are read in it. */
export type Program = (inputs: readonly tf.Tensor[]) => readonly tf.Tensor[];

/** The step that is being traced now: what the fused updates add their ops to. */
export interface Trace {
  readonly graph: Graph;
  readonly variables: StepVariables;
}

let current: Trace | undefined;

/** The step under capture, if there is one. */
export const currentTrace = (): Trace | undefined => current;

/** Whether the active backend can capture: only TensorFlow can. */
export const canCapture = (): boolean => tf.getBackend() === 'tensorflow' && nodeBackend() !== undefined;

/** One traced function, for inputs of one combination of shapes. */
class Captured {
  private constructor(
    private readonly backend: NodeBackend,
    private readonly variables: StepVariables,
    private readonly body: GraphFunction,
    private readonly usesSeed: boolean,
  ) {}

  /** Traces a program. @throws CannotCaptureError, or what the program throws; variables are as before */
  static trace(backend: NodeBackend, program: Program, inputs: readonly tf.Tensor[]): Captured {
    const { binding } = backend;
    const variables = new StepVariables(backend);
    const graph: Graph = new Graph(binding, (record) => variables.value(graph, record));
    let seed: Output | undefined;
    const drawSeed = () =>
      backend.createOutputTensor(graph.add((seed ??= graph.placeholder(DType.TF_INT32, []))));
    const described = backend.getInputTensorIds(inputs).map((id) => binding.record(id));
    try {
      const placeholders = described.map(({ dtype, shape }) => graph.placeholder(dtype, shape));
      const traced = traceBody(backend, { graph, variables }, drawSeed, () =>
        program(placeholders.map((output) => backend.createOutputTensor(graph.add(output)))),
      );
      variables.restore();
      const all = seed ? [...placeholders, seed] : placeholders;
      // on a CPU TensorFlow's optimizer finds nothing that the graph has not been given, and takes half a second
      const config = { grappler: binding.isUsingGpuDevice() };
      const body = new GraphFunction(binding, graph, { inputs: all, ...traced }, config);
      return new Captured(backend, variables, body, seed !== undefined);
    } catch (error) {
      variables.restore();
      variables.release();
      throw error;
    }
  }

  /** Handles to feed; the last may be this step's seed. */
  private feeds(inputs: readonly tf.Tensor[], seed: number): { handles: Handle[]; owned: tf.Tensor[] } {
    const owned = this.usesSeed ? [tf.scalar(seed, 'int32')] : [];
    const ids = this.backend.getInputTensorIds([...inputs, ...owned]);
    const { binding } = this.backend;
    return { handles: ids.map((id) => binding.share(binding.record(id))), owned };
  }

  private results(metadata: readonly TensorMetadata[]): tf.Tensor[] {
    return metadata.map((output) => this.backend.createOutputTensor(output));
  }

  private free({ handles, owned }: { handles: Handle[]; owned: tf.Tensor[] }): void {
    for (const handle of handles) this.backend.binding.api.TFE_DeleteTensorHandle(handle);
    tf.dispose(owned);
  }

  run(inputs: readonly tf.Tensor[], seed: number): tf.Tensor[] {
    this.variables.sync();
    const feeds = this.feeds(inputs, seed);
    try {
      return this.results(this.body.run(feeds.handles));
    } finally {
      this.free(feeds);
    }
  }

  async runAsync(inputs: readonly tf.Tensor[], seed: number): Promise<tf.Tensor[]> {
    this.variables.sync();
    const feeds = this.feeds(inputs, seed);
    try {
      return this.results(await this.body.runAsync(feeds.handles));
    } finally {
      this.free(feeds);
    }
  }

  dispose(): void {
    this.body.delete();
    this.variables.release();
  }
}

/** Runs a program with the binding recording; the outputs it returns and the operations that have effects. */
function traceBody(
  backend: NodeBackend,
  trace: Trace,
  seed: () => tf.Tensor,
  program: () => readonly tf.Tensor[],
): { outputs: Output[]; effects: Handle[] } {
  const { graph, variables } = trace;
  const { binding } = backend;
  binding.recorder = graph;
  current = trace;
  const engine = tf.engine();
  engine.startScope('capture');
  try {
    return whileCapturing(engine, () =>
      withCapturedSeed(seed, () => {
        const outputs = backend.getInputTensorIds(program()).map((id) => graph.input(id));
        return { outputs, effects: variables.finish(graph) };
      }),
    );
  } finally {
    engine.endScope();
    binding.recorder = null;
    current = undefined;
  }
}

/** Captures of one program, one for each combination of input shapes it has met. */
export class CapturedProgram {
  private readonly captures = new Map<string, Captured>();

  constructor(private readonly program: Program) {}

  private captureFor(inputs: readonly tf.Tensor[]): Captured {
    const backend = nodeBackend();
    if (!backend || !canCapture()) throw new CannotCaptureError(`computes on ${tf.getBackend()}`, '');
    const key = inputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`).join();
    let captured = this.captures.get(key);
    if (!captured) this.captures.set(key, (captured = Captured.trace(backend, this.program, inputs)));
    return captured;
  }

  /**
   * Runs on another thread; the caller disposes the outputs. `seed` is this step's, from `nextStep()`.
   * Rejects with CannotCaptureError, TensorFlowError, or what the program throws while it is traced.
   */
  async run(inputs: readonly tf.Tensor[], seed: number = nextStep()): Promise<tf.Tensor[]> {
    return await this.captureFor(inputs).runAsync(inputs, seed);
  }

  /** Runs on this thread and returns when it is done. @throws what `run` rejects with */
  runSync(inputs: readonly tf.Tensor[], seed: number = nextStep()): tf.Tensor[] {
    return this.captureFor(inputs).run(inputs, seed);
  }

  /** Frees the graphs; variables keep their values. */
  dispose(): void {
    for (const captured of this.captures.values()) captured.dispose();
    this.captures.clear();
  }
}

/** Captures a program at its first run with each combination of input shapes. */
export const capture = (program: Program): CapturedProgram => new CapturedProgram(program);

/**
 * A function that runs as one call of TensorFlow's, where that computes, and op by op elsewhere; it is recorded at its
 * first call with inputs of each shape.
 *
 * @example
 * const norm = d2l.compile((x, y) => tf.sqrt(tf.sum(tf.square(tf.sub(x, y)))));
 * norm(a, b).print();
 */
export function compile<Inputs extends tf.Tensor[], Output extends tf.Tensor>(
  fn: (...inputs: Inputs) => Output,
): ((...inputs: Inputs) => Output) & { dispose(): void } {
  const captured = capture((inputs) => [fn(...(inputs as Inputs))]);
  const call = (...inputs: Inputs): Output =>
    (canCapture() ? captured.runSync(inputs)[0] : tf.tidy(() => fn(...inputs))) as Output;
  return Object.assign(call, { dispose: () => captured.dispose() });
}
