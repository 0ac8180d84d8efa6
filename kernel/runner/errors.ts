/**
 * @file A thrown value as the cell shows it: stack, source line, causes. One function describes whatever can be
 * thrown; it throws nothing itself, gives strings only, and not many of them.
 */
import { paint } from '../colour.js';
import type { RunnerError } from './ipc.js';
import { clipped, inspected, isError, property, safely } from './safely.js';
import { excerpt } from './stack.js';

const MAX_MESSAGE = 10_000;
const MAX_LINES = 60;
/** How many causes, and how many errors of an AggregateError, are shown; of the rest it is said how many there are. */
const MAX_RELATED = 5;

/** A thrown value as the cell shows it. */
export function describeError(thrown: unknown): RunnerError {
  if (!isError(thrown)) {
    const message = clipped(typeof thrown === 'string' ? thrown : inspected(thrown), MAX_MESSAGE);
    return { name: 'Thrown', message, stack: `${paint('Thrown', 'red')}: ${message}`.split('\n') };
  }
  const stack = stackOf(thrown);
  const lines = [...painted(stack), ...(safely(() => excerpt(stack)) ?? [])];
  return {
    name: nameOf(thrown),
    message: messageOf(thrown),
    stack: [...lines, ...causes(thrown), ...members(thrown)],
  };
}

function nameOf(error: Error): string {
  for (const name of [property(error, 'name'), property(property(error, 'constructor'), 'name')])
    if (typeof name === 'string' && name) return clipped(name, MAX_MESSAGE);
  return 'Error';
}

function messageOf(error: Error): string {
  const message = property(error, 'message');
  if (message === undefined) return '';
  return clipped(typeof message === 'string' ? message : inspected(message), MAX_MESSAGE);
}

/** The stack as V8 and stack.ts made it; of an error that has lost it, its first line. */
function stackOf(error: Error): string {
  const stack = property(error, 'stack');
  if (typeof stack === 'string' && stack) return clipped(stack, 2 * MAX_MESSAGE);
  const [name, message] = [nameOf(error), messageOf(error)];
  return message ? `${name}: ${message}` : name;
}

function painted(stack: string): string[] {
  const lines = stack.replace(/^[^\s:]+(?=:|$)/, (name) => paint(name, 'red')).split('\n');
  const more = lines.length - MAX_LINES;
  return more > 0 ? [...lines.slice(0, MAX_LINES), `… ${more} more lines`] : lines;
}

function related(what: string, value: unknown): string[] {
  const [first = '', ...rest] = isError(value)
    ? painted(stackOf(value))
    : painted(clipped(inspected(value), MAX_MESSAGE));
  return ['', `${what} ${first}`.trimEnd(), ...rest];
}

function causes(error: Error): string[] {
  const lines: string[] = [];
  const seen = new Set<unknown>([error]);
  let cause = property(error, 'cause');
  for (let count = 0; cause !== undefined && !seen.has(cause); count++) {
    if (count === MAX_RELATED) return [...lines, '', '… and causes of this cause'];
    seen.add(cause);
    lines.push(...related('caused by', cause));
    cause = isError(cause) ? property(cause, 'cause') : undefined;
  }
  return lines;
}

/** The errors of an AggregateError. */
function members(error: Error): string[] {
  const errors = property(error, 'errors');
  const aggregate = nameOf(error) === 'AggregateError' || safely(() => error instanceof AggregateError);
  const length = aggregate && safely(() => Array.isArray(errors)) ? Number(property(errors, 'length')) : 0;
  const shown = Array.from({ length: Math.min(length, MAX_RELATED) }, (_, i) => property(errors, i));
  const lines = shown.flatMap((member) => related('one of them:', member));
  return length > shown.length ? [...lines, '', `… and ${length - shown.length} more`] : lines;
}
