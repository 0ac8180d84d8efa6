/** @file The user's own modules and data that cells import: they are edited beside the notebook, in any folder. */
import { statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { PACKAGE } from '../package.js';
import type { FileChanges } from './tsc.js';

/** The library and the kernel's declarations do not change while a kernel runs. */
const OURS = [join(PACKAGE, 'dist'), join(PACKAGE, 'kernel', 'runner'), join(PACKAGE, 'kernel', 'session')];

export class LocalFiles {
  /** With the time they were last saved. */
  readonly #times = new Map<string, number>();

  /** What has happened to them since the compiler read them. */
  changes(): FileChanges | undefined {
    const touched = [...this.#times]
      .filter(([path, time]) => changeTime(path) !== time)
      .map(([path]) => path);
    if (!touched.length) return undefined;
    const deleted = touched.filter((path) => !changeTime(path));
    return { changed: touched.filter((path) => !deleted.includes(path)), deleted };
  }

  /** @param files all that the compiler has read. @param cell the one that is not the user's */
  watch(files: readonly string[], cell: string): void {
    this.#times.clear();
    for (const path of files) {
      const isOwn =
        path !== cell &&
        !path.includes('/node_modules/') &&
        !OURS.some((folder) => path.startsWith(folder + sep));
      if (isOwn) this.#times.set(path, changeTime(path));
    }
  }

  clear(): void {
    this.#times.clear();
  }
}

function changeTime(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
