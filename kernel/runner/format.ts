/** @file What a value looks like in a notebook: a MIME bundle, always with a text/plain twin. */
import { inspect, types } from 'node:util';
import type { MimeBundle } from './ipc.js';

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

export function isDisplayable(value: unknown): value is Displayable {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as Partial<Displayable>)[DISPLAY] === 'function'
  );
}

/** Whether an object is already a bundle: all of its keys are MIME types. */
export function isBundle(value: unknown): value is MimeBundle {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^[a-z]+\/[\w.+-]+$/.test(key));
}

/** Representations of any value; a promise where the value's own display method gives one. */
export function format(value: unknown): MimeBundle | Promise<MimeBundle> {
  if (!isDisplayable(value)) return { 'text/plain': plain(value) };
  const complete = (bundle: MimeBundle): MimeBundle => ({ 'text/plain': plain(value), ...bundle });
  const bundle = value[DISPLAY]();
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
  const hidden = /,?\s*\[Symbol\((async_id_symbol|trigger_async_id_symbol|kResourceStore)\)\]: [^,}\s]*/g;
  void Object.defineProperty(globalThis.Promise.prototype, inspect.custom, {
    value(this: Promise<unknown>, _depth: number, options: object) {
      return inspect(this, { ...options, customInspect: false, compact: 3, breakLength: Infinity }).replace(
        hidden,
        '',
      );
    },
  });
}

/** Encodes bytes for JSON transport; strings and JSON stay as they are. */
export function encodeBundle(bundle: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(bundle).map(([type, data]) => [
      type,
      types.isUint8Array(data) ? Buffer.from(data).toString('base64') : data,
    ]),
  );
}
