/** @file What a value looks like in a notebook: a MIME bundle, always with a text/plain twin. */
import { inspect, types } from 'node:util';
import { untrapped } from './awaits.js';
import { encodeBundle, hasMimeTypes } from './bundle.js';
import type { MimeBundle } from './ipc.js';
import { UserPromise } from './realm.js';
import { property, safely } from './safely.js';

/** The symbol Deno's kernel uses too, so that one library works in both. */
export const DISPLAY = Symbol.for('Jupyter.display');

interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

const INSPECT = {
  depth: 4,
  maxArrayLength: 100,
  maxStringLength: 10_000,
  breakLength: 100,
  compact: 3,
} as const;

/** Representations of any value; a promise where the value's own display method gives one. */
export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  const plainly = (): MimeBundle => ({ 'text/plain': plain(value) });
  const isDisplayable = typeof property(value, DISPLAY) === 'function';
  if (!isDisplayable) return plainly();
  // What is no bundle was not meant for us: a proxy has a method of any name.
  const complete = (bundle: unknown): MimeBundle =>
    hasMimeTypes(bundle) ? { ...('text/plain' in bundle ? {} : plainly()), ...bundle } : plainly();
  const ask = (): unknown => (value as Displayable)[DISPLAY]();
  const bundle = types.isProxy(value) ? safely(ask) : ask();
  return types.isPromise(bundle) ? bundle.then(complete) : complete(bundle);
}

/** The same for the debugger, where a paused cell cannot wait for a promise. */
export function formatForDebugger(value: unknown, paused: boolean): MimeBundle | Promise<MimeBundle> {
  const bundle = format(value);
  if (!types.isPromise(bundle)) return encodeBundle(bundle);
  if (!paused) return bundle.then(encodeBundle);
  return { 'text/plain': `${plain(value)}\n(its own view takes an await; continue the cell to see it)` };
}

export function plain(value: unknown): string {
  return inspect(value, INSPECT);
}

/** Hides what async_hooks hangs on every promise, which inspect would print. */
export function inspectPromisesPlainly(): void {
  const colour = '(\\u001b\\[\\d+m)?';
  const names = 'async_id_symbol|trigger_async_id_symbol|kResourceStore';
  const hidden = new RegExp(`,?\\s*\\[${colour}Symbol\\((${names})\\)${colour}\\]: [^,}\\s]*`, 'g');
  void Object.defineProperty(UserPromise.prototype, inspect.custom, {
    value(this: Promise<unknown>, _depth: number, options: object) {
      const plainly = { ...options, customInspect: false, compact: 3, breakLength: Infinity };
      return untrapped(() => inspect(this, plainly)).replace(hidden, '');
    },
  });
}
