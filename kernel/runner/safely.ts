/** @file Looks at values of which nothing is known: any read may throw, and what is read may be of any type. */
import { inspect, types } from 'node:util';

/** What a read gives, or undefined where it throws. */
export function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A property of anything, undefined where there is none to be had. */
export function property(value: unknown, key: PropertyKey): unknown {
  return safely(() => (value as Record<PropertyKey, unknown> | null | undefined)?.[key]);
}

/** Whether a value is an error, of whichever realm, or stands in for one. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value) || safely(() => value instanceof Error) === true;
}

/** A text of at most so many characters, which says how many it leaves out. */
export function clipped(text: string, limit: number): string {
  return text.length > limit ? `${text.slice(0, limit)}… ${text.length - limit} more characters` : text;
}

/** Any value in words, whatever its own inspect method, getters and traps do. */
export function inspected(value: unknown, options: object = {}): string {
  return (
    safely(() => inspect(value, options)) ??
    safely(() => inspect(value, { ...options, customInspect: false, depth: 0 })) ??
    `a value of type ${typeof value} that cannot be shown`
  );
}
