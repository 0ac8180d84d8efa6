import { tf } from '../engine/tf.js';
import { loadTensors, saveTensors, type StoredTensor } from '../util/safetensors.js';
import { isWaiting } from './lazy.js';
import type { Module } from './module.js';
import type { Parameter } from './tensor.js';

/** How strictly a file has to fit. */
export interface LoadOptions {
  /** false leaves parameters that the file lacks as they are, and ignores what the model lacks. */
  strict?: boolean;
}

/** Writes all parameters of a module by name into a safetensors file. */
export function saveModule(module: Module, path: string): void {
  const hparams = JSON.stringify(module.hparams, (_, value: unknown) =>
    value instanceof Object && !Array.isArray(value) && value !== module.hparams ? undefined : value,
  );
  saveTensors(path, module.namedParameters(), { model: module.constructor.name, hparams });
}

/** Fills the parameters of a module from a safetensors file. @throws naming what is missing, extra or of another shape. */
export function loadModule(module: Module, path: string, { strict = true }: LoadOptions = {}): void {
  const { tensors } = loadTensors(path);
  wakeLazy(module, tensors);
  fill(path, module.constructor.name, module.namedParameters(), tensors, strict);
}

/** Lazy layers take their shapes from the file. */
function wakeLazy(module: Module, tensors: ReadonlyMap<string, StoredTensor>): void {
  for (const [name, child] of module.namedModules()) {
    const weight = tensors.get(name === '' ? 'weight' : `${name}.weight`);
    if (weight !== undefined && isWaiting(child)) child.materialize(weight.shape[1] ?? 1);
  }
}

/** Assigns stored tensors to variables of the same names; all or none. @internal */
export function fill(
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
