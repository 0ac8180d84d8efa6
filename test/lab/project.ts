/** @file Where the project lies. */
import { resolve } from 'node:path';

/** The project's root; compiled tests lie in dist/test/lab. */
export const ROOT = resolve(import.meta.dirname, '../../..');
