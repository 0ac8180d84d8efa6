import { tf } from '../engine/tf.js';
import { loadTensors, saveTensors, type StoredTensor } from '../util/safetensors.js';
import { isWaiting } from './lazy.js';
import type { Optimizer } from '../nn/optim.js';
import type { Module } from './module.js';
import type { Parameter } from './tensor.js';
import { markTrained } from './trained.js';
import type { EpochRecord } from './trainer-options.js';

/** How strictly a file has to fit. */
export interface LoadOptions {
  /** false leaves parameters that the file lacks as they are, and ignores what the model lacks. */
  strict?: boolean;
}

/** Writes all parameters of a module by name into a safetensors file. */
export function saveModule(module: Module, path: string): void {
  saveTensors(path, module.namedParameters(), describeModule(module));
}

function describeModule(module: Module): Record<string, string> {
  const plain = Object.entries(module.hparams).filter(
    ([, value]) => typeof value !== 'object' || value === null,
  );
  return { model: module.constructor.name, hparams: JSON.stringify(Object.fromEntries(plain)) };
}

/** Fills the parameters of a module from a safetensors file. @throws naming what is missing, extra or of another shape. */
export function loadModule(module: Module, path: string, { strict = true }: LoadOptions = {}): void {
  const { tensors } = loadTensors(path);
  wakeLazy(module, tensors);
  fill(path, module.constructor.name, module.namedParameters(), tensors, strict);
  markTrained(module);
}

/** Lazy layers take their shapes from the file. */
function wakeLazy(module: Module, tensors: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, child] of module.namedModules()) {
    const weight = tensors.get(name === '' ? 'weight' : `${name}.weight`);
    if (weight !== undefined && isWaiting(child)) child.materialize(weight.shape[1] ?? 1);
  }
}

/** How far training got. */
export interface Progress {
  readonly epoch: number;
  readonly trainBatchIdx: number;
  readonly valBatchIdx: number;
  readonly history: EpochRecord[];
}

const MODEL = 'model.';
const OPTIMIZER = 'optimizer.';

const prefixed = (prefix: string, variables: ReadonlyMap<string, Parameter>): [string, Parameter][] =>
  [...variables].map(([name, variable]) => [prefix + name, variable]);

/** Writes a model, the state of its optimizer and how far they got. */
export function saveTraining(path: string, model: Module, optimizer: Optimizer, progress: Progress): void {
  const tensors = [
    ...prefixed(MODEL, model.namedParameters()),
    ...prefixed(OPTIMIZER, optimizer.state?.() ?? new Map<string, Parameter>()),
  ];
  saveTensors(path, tensors, { ...describeModule(model), training: JSON.stringify(progress) });
}

/** Fills a model and a new optimizer of its from a file that `saveTraining` wrote. @throws naming what does not fit */
export function loadTraining(path: string, model: Module): { progress: Progress; optimizer: Optimizer } {
  const { tensors, metadata } = loadTensors(path);
  if (metadata['training'] === undefined) {
    throw new Error(`${path} holds a model but no training: load it with model.load(path)`);
  }
  const part = (prefix: string): Map<string, StoredTensor> =>
    new Map(
      [...tensors].flatMap(([name, x]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [])),
    );
  wakeLazy(model, part(MODEL));
  fill(path, model.constructor.name, model.namedParameters(), part(MODEL), true);
  const optimizer = model.configureOptimizers();
  fill(
    path,
    optimizer.constructor.name,
    optimizer.state?.() ?? new Map<string, Parameter>(),
    part(OPTIMIZER),
    true,
  );
  return { progress: JSON.parse(metadata['training']) as Progress, optimizer };
}

/** Assigns stored tensors to variables of the same names; all or none. */
function fill(
  path: string,
  owner: string,
  variables: ReadonlyMap<string, Parameter>,
  tensors: ReadonlyMap<string, StoredTensor>,
  strict: boolean,
): void {
  const missing = [...variables.keys()].filter((name) => !tensors.has(name));
  const extra = [...tensors.keys()].filter((name) => !variables.has(name));
  if (strict && missing.length + extra.length > 0) {
    const list = (names: string[]): string => (names.length === 0 ? 'nothing' : names.join(', '));
    throw new Error(
      `${path} does not fit ${owner}: it lacks ${list(missing)} and has ${list(extra)} besides; load with { strict: false } takes what fits`,
    );
  }
  const pairs = [...variables].flatMap(([name, variable]) => {
    const stored = tensors.get(name);
    return stored === undefined ? [] : [{ name, variable, stored }];
  });
  for (const { name, variable, stored } of pairs) {
    if (variable.shape.join() !== stored.shape.join()) {
      throw new Error(
        `expected shape (${variable.shape.join(', ')}) for ${name}, got (${stored.shape.join(', ')}) from ${path}`,
      );
    }
  }
  for (const { variable, stored } of pairs) {
    tf.tidy(() => variable.assign(tf.tensor(stored.data, [...stored.shape], stored.dtype)));
  }
}
