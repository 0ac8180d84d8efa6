/** @file oxc, loaded when the first cell needs it: until then the processes beside us start up. */
import { createRequire } from 'node:module';
import type * as parser from 'oxc-parser';
import type * as transformer from 'oxc-transform';

let tools: ReturnType<typeof load> | undefined;

/** The bundler takes the packages in where it sees them named with its own `require`; Node would open each file. */
function load(): {
  parseSync: typeof parser.parseSync;
  transformSync: typeof transformer.transformSync;
} {
  const isBundled = typeof require === 'function';
  const find = isBundled ? undefined : createRequire(import.meta.url);
  const { parseSync } = (isBundled ? require('oxc-parser') : find!('oxc-parser')) as typeof parser;
  const { transformSync } = (
    isBundled ? require('oxc-transform') : find!('oxc-transform')
  ) as typeof transformer;
  return { parseSync, transformSync };
}

/** The tools; the first call takes some 10 ms. */
export function oxc(): ReturnType<typeof load> {
  return (tools ??= load());
}

let latest: { source: string; parsed: parser.ParseResult } | undefined;

/** A cell's syntax tree, made once for its check, its compilation and its names. */
export function parseCell(source: string): parser.ParseResult {
  if (latest?.source !== source) latest = { source, parsed: parse(source) };
  return latest.parsed;
}

/** A text that is no TypeScript but would be with JSX is read so. */
function parse(source: string): parser.ParseResult {
  const plain = oxc().parseSync('cell.ts', source, { sourceType: 'module' });
  if (!source.includes('<') || !plain.errors.length) return plain;
  const jsx = oxc().parseSync('cell.tsx', source, { sourceType: 'module' });
  return jsx.errors.length ? plain : jsx;
}
