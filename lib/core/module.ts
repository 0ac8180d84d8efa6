import { tf } from '../engine/tf.js';
import { SGD, type Optimizer } from '../nn/optim.js';
import { ProgressBoard } from '../plot/board.js';
import { loadModule, saveModule, type LoadOptions } from './checkpoint.js';
import { HyperParameters } from './hyper-parameters.js';
import { describe, summarize, type Summary } from './summary.js';
import type { Parameter, Tensor } from './tensor.js';
import type { Trainer } from './trainer.js';

/** One mini-batch: the inputs of `forward`, then the labels. */
export type Batch = readonly Tensor[];

/** How often the curves of a module get a point. */
export interface ModuleOptions {
  /** Points per epoch on the training curves, 2 by default. */
  plotTrainPerEpoch?: number;
  /** Points per epoch on the validation curves, 1 by default. */
  plotValidPerEpoch?: number;
}

/**
 * The base of all models and layers (d2l section 3.2): it owns parameters and a board, and says what one training
 * step computes. Fields that hold a `Parameter`, a `Module` or an array of them are found by name.
 */
export class Module extends HyperParameters {
  /** The trainer of the running or last `fit`. */
  declare trainer: Trainer | undefined;
  #board: ProgressBoard | undefined;
  #training = true;
  #plots: Required<ModuleOptions>;

  constructor({ plotTrainPerEpoch = 2, plotValidPerEpoch = 1 }: ModuleOptions = {}) {
    super();
    this.#plots = { plotTrainPerEpoch, plotValidPerEpoch };
    Object.defineProperty(this, 'trainer', { value: undefined, writable: true }); // no part of the tree of layers
  }

  /** Where the curves are drawn; made when first asked for. */
  get board(): ProgressBoard {
    return (this.#board ??= new ProgressBoard());
  }
  set board(board: ProgressBoard) {
    this.#board = board;
  }

  /** True while dropout is active: `train()` sets it, `eval()` clears it. */
  get training(): boolean {
    return this.#training;
  }

  /**
   * The module's output. By default that of its field `net`.
   *
   * @throws when the class has neither a `forward` of its own nor a `net`.
   */
  forward(...inputs: never[]): unknown {
    const { net } = this as { net?: unknown };
    if (net instanceof Module) return net.forward(...inputs);
    throw new Error(`${this.constructor.name} has no forward: add one with addToClass, or a field net`);
  }

  /**
   * The number to make small, as a scalar; also called with the labels of the validation batches.
   *
   * @throws when the class has not said what its loss is.
   */
  loss(_yHat: Tensor, _y: Tensor): Tensor {
    throw new Error(`${this.constructor.name} has no loss: add loss(yHat, y) to it with addToClass`);
  }

  /** The loss of one training batch, a scalar; plots it as `train_loss`. */
  trainingStep(batch: Batch): Tensor {
    const loss = this.loss(this.forwardBatch(batch), labelsOf(batch));
    this.plot('loss', loss, true);
    return loss;
  }

  /** Plots the loss, a scalar, of one validation batch as `val_loss`. */
  validationStep(batch: Batch): void {
    this.plot('loss', this.loss(this.forwardBatch(batch), labelsOf(batch)), false);
  }

  /** Applies `forward` to all of a batch but its labels. @internal */
  protected forwardBatch(batch: Batch): Tensor {
    return this.forward(...(batch.slice(0, -1) as never[])) as Tensor;
  }

  /**
   * The optimizer that `fit` uses: by default stochastic gradient descent with the rate in the field `lr`.
   *
   * @throws when the module has no number `lr`.
   */
  configureOptimizers(): Optimizer {
    const { lr } = this as { lr?: unknown };
    if (typeof lr !== 'number') {
      throw new Error(
        `${this.constructor.name} has no learning rate: give it a field lr, or configureOptimizers()`,
      );
    }
    return new SGD(this.parameters(), lr);
  }

  /**
   * Adds a point to the curve `train_<key>` or `val_<key>`; x is in epochs. A tensor is read after the step, so that
   * the step itself never waits for the device. Means over each epoch are kept in `trainer.history`.
   *
   * @param value a scalar.
   * @throws when the module has no trainer yet.
   */
  plot(key: string, value: Tensor | number, train: boolean): void {
    const { trainer } = this;
    if (trainer === undefined) {
      throw new Error(
        `plot('${key}') needs a trainer: call it from a step while trainer.fit(model, data) runs`,
      );
    }
    trainer.defer({ module: this, key, train }, value);
  }

  /** Draws a point whose value is known. @internal */
  drawPoint(key: string, value: number, train: boolean): void {
    const { trainer, board } = this;
    if (trainer === undefined) return;
    board.xlabel = 'epoch';
    const perEpoch = train ? this.#plots.plotTrainPerEpoch : this.#plots.plotValidPerEpoch;
    const batches = train ? trainer.numTrainBatches : trainer.numValBatches;
    const x = train ? trainer.trainBatchIdx / trainer.numTrainBatches : trainer.epoch + 1;
    board.draw(x, value, `${train ? 'train' : 'val'}_${key}`, Math.max(1, Math.floor(batches / perEpoch)));
  }

  /** All trainable parameters, each once, in the order of `namedParameters()`. */
  parameters(): Parameter[] {
    return [...this.namedParameters().values()];
  }

  /** Parameters of any shape by dotted name, those of the module itself before those of its children: `rnn.weightIhL0`. */
  namedParameters(): Map<string, Parameter> {
    const found = new Map<string, Parameter>();
    const seen = new Set<Parameter>();
    for (const [path, module] of this.namedModules()) {
      for (const [name, value] of module.ownParameters()) {
        if (seen.has(value)) continue;
        seen.add(value);
        found.set(path === '' ? name : `${path}.${name}`, value);
      }
    }
    return found;
  }

  /** This module (named '') and all below it, each once, by dotted name. */
  namedModules(): Map<string, Module> {
    const found = new Map<string, Module>();
    const seen = new Set<Module>();
    const visit = (module: Module, path: string): void => {
      if (seen.has(module)) return;
      seen.add(module);
      found.set(path, module);
      for (const [name, child] of module.namedChildren())
        visit(child, path === '' ? name : `${path}.${name}`);
    };
    visit(this, '');
    return found;
  }

  /** The modules held by this one's fields, in the order in which the fields were defined. */
  namedChildren(): [string, Module][] {
    return fieldsOf(this, (value): value is Module => value instanceof Module);
  }

  /** The parameters held by this module's own fields. @internal */
  ownParameters(): [string, Parameter][] {
    return fieldsOf(this, (value): value is Parameter => value instanceof tf.Variable);
  }

  /** Calls `fn` for every module of the tree, children first; returns this module. */
  apply(fn: (module: Module) => void): this {
    for (const [, child] of this.namedChildren()) child.apply(fn);
    fn(this);
    return this;
  }

  /** Runs `forward` once, which gives lazy layers their shape, then applies an initializer to every module. */
  applyInit(inputs: Batch, init?: (module: Module) => void): void {
    tf.tidy(() => void this.forward(...(inputs as unknown as never[])));
    if (init !== undefined) this.apply(init);
  }

  /** Switches dropout on (or off) in the whole tree; returns this module. */
  train(mode = true): this {
    for (const module of this.namedModules().values()) module.#training = mode;
    return this;
  }

  /** Switches dropout off in the whole tree; returns this module. */
  eval(): this {
    return this.train(false);
  }

  /** Writes all parameters by name into a safetensors file, which PyTorch and others can read. */
  save(path: string): void {
    saveModule(this, path);
  }

  /**
   * Fills all parameters from a safetensors file.
   *
   * @throws naming what the file lacks, what it has besides, or shapes that differ; nothing is changed then.
   */
  load(path: string, options?: LoadOptions): void {
    loadModule(this, path, options);
  }

  /** A table of the modules below this one; inputs, if given, are run through it once to show shapes. */
  summary(...inputs: Tensor[]): Summary {
    return summarize(this, inputs);
  }

  /** The tree of modules with their hyper-parameters. */
  override toString(): string {
    return describe(this);
  }
}

function labelsOf(batch: Batch): Tensor {
  const labels = batch.at(-1);
  if (labels === undefined)
    throw new Error('the batch is empty: a data loader must yield [inputs, ..., labels]');
  return labels;
}

/** The fields that hold a `T`, or an array of them: `rnns` holding two gives `rnns.0` and `rnns.1`. */
function fieldsOf<T>(owner: object, is: (value: unknown) => value is T): [string, T][] {
  return Object.entries(owner).flatMap(([name, value]: [string, unknown]): [string, T][] => {
    if (is(value)) return [[name, value]];
    if (!Array.isArray(value)) return [];
    return value.flatMap((item: unknown, i): [string, T][] => (is(item) ? [[`${name}.${i}`, item]] : []));
  });
}
