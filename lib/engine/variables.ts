/** @file tfjs variables inside a captured step: read from resources, updated in place, visible to eager code. */
import type { TensorRecord } from './binding.js';
import type { Handle, Output } from './c-api.js';
import { typeAttr } from './dtypes.js';
import type { Graph } from './graph.js';
import type { NodeBackend } from './kernels.js';
import { Resource } from './resource.js';
import { tf } from './tf.js';

/** A variable as one graph sees it. */
interface Use {
  readonly variable: tf.Variable;
  readonly resource: Resource;
  readonly handle: Output;
  /** The latest read, void after an update in place. */
  read: Output | undefined;
  /** Reads and updates that a next update has to wait for. */
  readonly before: Handle[];
}

const idOf = (backend: NodeBackend, tensor: tf.Tensor): number => {
  const [id] = backend.getInputTensorIds([tensor]);
  if (id === undefined) throw new Error('internal: a tensor without a number');
  return id;
};

const resourceOf = (record: TensorRecord): Resource | undefined =>
  record.variable?.resource as Resource | undefined;

/** Puts a tensor's record behind a variable. */
function point(backend: NodeBackend, variable: tf.Variable, record: TensorRecord): void {
  const { shape, dtype } = record;
  const tensor = backend.createOutputTensor({ id: backend.binding.add(record), shape, dtype });
  variable.assign(tensor);
  tensor.dispose();
}

/** Gives a variable data of its own if clones share it. */
function separate(backend: NodeBackend, variable: tf.Variable): void {
  if (backend.refCount(variable.dataId) <= 1) return;
  const { binding } = backend;
  const record = binding.record(idOf(backend, variable));
  const { shape, dtype } = record;
  const own = resourceOf(record)?.tensor() ?? { shape, dtype, handle: binding.share(record), data: null };
  point(backend, variable, own);
}

/** The variables of one captured step. */
export class StepVariables {
  private readonly uses = new Map<tf.Variable, Use>();
  private readonly owners = new Map<TensorRecord, tf.Variable>();
  private readonly effects = new Set<Handle>();
  private readonly originals = new Map<tf.Variable, tf.Tensor>();

  /** Notes where all variables of the process stand before the step is traced. */
  constructor(private readonly backend: NodeBackend) {
    for (const variable of Object.values(tf.engine().state.registeredVariables)) {
      if (variable.isDisposed) continue;
      separate(backend, variable);
      this.owners.set(backend.binding.record(idOf(backend, variable)), variable);
      this.originals.set(variable, tf.keep(variable.clone()));
    }
  }

  /** The graph's value for a record that belongs to a variable. */
  value(graph: Graph, record: TensorRecord): Output | undefined {
    const variable = this.owners.get(record);
    if (!variable) return undefined;
    const use = this.use(graph, variable, record);
    if (!use.read) {
      const oper = graph.node('ReadVariableOp', [typeAttr('dtype', record.dtype)], [use.handle], use.before);
      use.before.push(oper);
      use.read = { oper, index: 0 };
    }
    return use.read;
  }

  private use(graph: Graph, variable: tf.Variable, record: TensorRecord): Use {
    const known = this.uses.get(variable);
    if (known) return known;
    const resource = resourceOf(record) ?? new Resource(this.backend.binding, record.dtype, record.shape);
    resource.retain();
    const handle = { oper: graph.node('VarHandleOp', resource.handleAttrs, []), index: 0 };
    const use: Use = { variable, resource, handle, read: undefined, before: [] };
    this.uses.set(variable, use);
    return use;
  }

  /** Adds an op that updates variables in place; returns false for a variable already assigned in this step. */
  update(
    graph: Graph,
    name: string,
    variables: readonly tf.Variable[],
    inputs: readonly tf.Tensor[],
  ): boolean {
    const records = variables.map((v) => this.backend.binding.record(idOf(this.backend, v)));
    if (records.some((record) => !this.owners.has(record))) return false;
    const uses = variables.map((v, i) => this.use(graph, v, records[i] as TensorRecord));
    const values = this.backend.getInputTensorIds(inputs).map((id) => graph.input(id));
    const attrs = [typeAttr('T', (records[0] as TensorRecord).dtype)];
    const after = uses.flatMap(({ before }) => before);
    const oper = graph.node(name, attrs, [...uses.map(({ handle }) => handle), ...values], after);
    this.effects.add(oper);
    for (const use of uses) {
      use.before.push(oper);
      use.read = undefined;
    }
    return true;
  }

  /** Adds the assignments that the traced code made and returns all operations with effects. */
  finish(graph: Graph): Handle[] {
    for (const [variable, original] of this.originals) {
      if (variable.isDisposed || variable.dataId === original.dataId) continue;
      const record = this.backend.binding.record(idOf(this.backend, original));
      const { handle, before } = this.use(graph, variable, record);
      const value = graph.input(idOf(this.backend, variable));
      this.effects.add(
        graph.node('AssignVariableOp', [typeAttr('dtype', record.dtype)], [handle, value], before),
      );
    }
    return [...this.effects];
  }

  /** Gives the variables their values from before the trace back, whatever happened in it. */
  restore(): void {
    for (const [variable, original] of this.originals) {
      if (!variable.isDisposed && variable.dataId !== original.dataId) variable.assign(original);
      original.dispose();
    }
    this.originals.clear();
    this.owners.clear();
  }

  /** Before each run: hands values that eager code assigned to the resources. */
  sync(): void {
    const { binding } = this.backend;
    for (const { variable, resource } of this.uses.values()) {
      if (variable.isDisposed) throw new Error(`variable ${variable.name} of the captured step was disposed`);
      separate(this.backend, variable);
      const id = idOf(this.backend, variable);
      const record = binding.record(id);
      if (resourceOf(record) === resource) {
        resource.settle(record);
        continue;
      }
      const own = resource.tensor();
      resource.settle(own);
      resource.assign(id);
      point(this.backend, variable, own);
    }
  }

  /** Lets go of the resources; those of living variables stay with them. */
  release(): void {
    for (const { resource } of this.uses.values()) resource.release();
    this.uses.clear();
  }
}
