/**
 * @file Where this package lies. Its two programs, the kernel and the runner, are each built into one file: Node opens
 * some thirty modules one by one in the time the rest of a start takes.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own folder. */
export const PACKAGE = ownFolder();
/** The command line, and the kernel that it runs. */
export const KERNEL = join(PACKAGE, 'dist', 'bin', 'd2l-ts.cjs');
/** The process that runs the cells. */
export const RUNNER = join(PACKAGE, 'dist', 'bin', 'runner.cjs');

/** Asks Node what an import names. */
export const RESOLVER = join(PACKAGE, 'dist', 'kernel', 'runner', 'resolve.js');

function ownFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder))
      throw new Error('the d2l-ts package has lost its package.json: install it again');
  }
}
