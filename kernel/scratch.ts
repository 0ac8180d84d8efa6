/** @file One private folder of temporary files for a kernel and its runner, gone when they are. */
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder: string | undefined;

/** The runner shares its kernel's folder: it is told of it through the environment. */
const GIVEN = 'D2L_TS_SCRATCH';

/** A folder inside the private one. */
export function scratch(...path: string[]): string {
  folder ??= process.env[GIVEN] ?? mkdtempSync(join(realpathSync(tmpdir()), `d2l-ts-${process.pid}-`)); // mode 0700
  const inner = join(folder, ...path);
  mkdirSync(inner, { recursive: true });
  return inner;
}

/** What a child process needs in its environment to share the folder. */
export function scratchEnvironment(): Record<string, string> {
  return { [GIVEN]: scratch() };
}

export function removeScratch(): void {
  folder ??= process.env[GIVEN];
  if (folder) rmSync(folder, { recursive: true, force: true });
}

/** Removes what kernels left that were killed with all their processes at once, as Jupyter does on "shut down now". */
export function sweepScratch(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = Number(/^d2l-ts-(\d+)-\w+$/.exec(name)?.[1]);
    if (pid && !isAlive(pid)) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's
  }
}
