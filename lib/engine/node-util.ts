/** @file Two functions of node:util that tfjs-node calls, and that Node 23 and Deno no longer have. */
import { createRequire } from 'node:module';

const util = createRequire(import.meta.url)('node:util') as Record<string, unknown>;
util['isNullOrUndefined'] ??= (value: unknown): boolean => value === null || value === undefined;
util['isArray'] ??= Array.isArray;
