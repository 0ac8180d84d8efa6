/** @file oxc, loaded when the first cell needs them: until then the processes beside us start up. */
import { createRequire } from 'node:module';
import type * as parser from 'oxc-parser';
import type * as transformer from 'oxc-transform';

const require = createRequire(import.meta.url);

let tools: ReturnType<typeof load> | undefined;

function load(): {
  parseSync: typeof parser.parseSync;
  transformSync: typeof transformer.transformSync;
} {
  const { parseSync } = require('oxc-parser') as typeof parser;
  const { transformSync } = require('oxc-transform') as typeof transformer;
  return { parseSync, transformSync };
}

/** The tools; the first call takes some 20 ms. */
export function oxc(): ReturnType<typeof load> {
  return (tools ??= load());
}
