/** @file Names that a cell needs only when its functions are called: those of a later cell, in a circle of functions. */
import { parseCell } from '../language/oxc.js';
import { childrenOf, isFunction, type Node } from '../language/tree.js';
import type { Diagnostic } from './tsc.js';

/** TS2304, cannot find name. (TS2552 has found a similar one: that is a slip, and an error.) */
const UNKNOWN_NAME = 2304;

/** Splits problems into those that stop the cell and those that can wait until a function is called. */
export function splitDeferred(
  source: string,
  problems: readonly Diagnostic[],
): { now: Diagnostic[]; deferred: Diagnostic[] } {
  if (!problems.some(({ code }) => code === UNKNOWN_NAME)) return { now: [...problems], deferred: [] };
  const bodies: [number, number][] = [];
  collect(parseCell(source).program as unknown as Node, bodies);
  const waits = ({ code, pos }: Diagnostic): boolean =>
    code === UNKNOWN_NAME && bodies.some(([start, end]) => pos >= start && pos < end);
  return { now: problems.filter((p) => !waits(p)), deferred: problems.filter(waits) };
}

/** What is said of them, a line each. */
export function describeDeferred(source: string, deferred: readonly Diagnostic[]): string {
  const names = new Set(deferred.map(({ pos, end }) => source.slice(pos, end)));
  return [...names]
    .map(
      (name) => `${name} is declared by no cell yet; it must be before the function that uses it is called\n`,
    )
    .join('');
}

function collect(node: Node, bodies: [number, number][]): void {
  const body = isFunction(node) && (node['body'] as Node | null);
  if (body) bodies.push([body.start, body.end]);
  for (const child of childrenOf(node)) collect(child, bodies);
}
