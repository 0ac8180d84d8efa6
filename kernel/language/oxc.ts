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

/** A cell's syntax tree, and how the text had to be read for it. */
export interface ParsedCell extends Pick<parser.ParseResult, 'program' | 'module' | 'comments' | 'errors'> {
  /** `tsx`: only with JSX is it a program; `script`: only where `await` is an ordinary name. */
  reading: 'ts' | 'tsx' | 'script';
}

let latest: { source: string; parsed: ParsedCell } | undefined;

/** A cell's syntax tree, made once for its check, its compilation and its names. */
export function parseCell(source: string): ParsedCell {
  if (latest?.source !== source) latest = { source, parsed: parse(source) };
  return latest.parsed;
}

function parse(source: string): ParsedCell {
  const read = (
    name: string,
    sourceType: 'module' | 'script',
    reading: ParsedCell['reading'],
  ): ParsedCell => {
    const { program, module, comments, errors } = oxc().parseSync(name, source, { sourceType });
    return { program, module, comments, errors, reading };
  };
  const plain = read('cell.ts', 'module', 'ts');
  if (!plain.errors.length) return plain;
  const others = [
    ...(source.includes('<') ? [read('cell.tsx', 'module', 'tsx')] : []),
    ...(/\bawait\b/.test(source) ? [read('cell.js', 'script', 'script')] : []),
  ];
  return others.find(({ errors }) => !errors.length) ?? plain;
}
