/** @file The members that a value has, for completions that types know nothing of; no code of the cells is run for it. */
import { types } from 'node:util';

/** A list of a million needs no completion. */
const MOST = 2000;

/** @param path names from a global to the value: `a.b` is ['a', 'b'] */
export function keysOf(path: readonly string[]): string[] {
  let value: unknown = globalThis;
  for (const name of path) value = dataOf(value, name);
  const found = new Set<string>();
  for (const object of chainOf(value)) {
    for (const key of Object.getOwnPropertyNames(object)) {
      if (found.size < MOST && !/^\d+$/.test(key)) found.add(key);
    }
  }
  return [...found];
}

/** What a property holds; nothing when only a getter or a proxy could tell. */
function dataOf(value: unknown, name: string): unknown {
  for (const object of chainOf(value)) {
    const found = Object.getOwnPropertyDescriptor(object, name);
    if (found) return found.value as unknown;
  }
  return undefined;
}

/** An object and its prototypes, but for that of all objects. */
function* chainOf(value: unknown): Generator<object> {
  let object: unknown = value;
  while ((typeof object === 'object' && object !== null) || typeof object === 'function') {
    if (types.isProxy(object) || object === globalThis.Object.prototype) return;
    yield object;
    object = Object.getPrototypeOf(object);
  }
}
