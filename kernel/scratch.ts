/** @file One private folder of temporary files for a kernel and its runner, gone when they are. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The runner shares its kernel's folder: it is told of it through the environment. */
const GIVEN = 'D2L_TS_SCRATCH';
let folder = process.env[GIVEN];
delete process.env[GIVEN]; // a cell may start a kernel too, which would remove the folder at its end

/** A folder inside the private one. */
export function scratch(...path: string[]): string {
  folder ??= makeFolder();
  const inner = join(folder, ...path);
  mkdirSync(inner, { recursive: true });
  return inner;
}

function makeFolder(): string {
  try {
    return mkdtempSync(join(realpathSync(tmpdir()), `d2l-ts-${process.pid}-`)); // mode 0700
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`cannot make a temporary folder: ${message}; TMPDIR names another place`, {
      cause: error,
    });
  }
}

/** What a child process needs in its environment to share the folder. */
export function scratchEnvironment(): Record<string, string> {
  return { [GIVEN]: scratch() };
}

export function removeScratch(): void {
  if (folder) remove(folder);
}

/** On a disk that has become read-only the folder has to stay: that must not keep the kernel from ending. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch (error) {
    process.stderr.write(`d2l-ts: ${path} is left behind: ${(error as Error).message}\n`);
  }
}

/** Removes what kernels left that were killed with all their processes at once, as Jupyter does on "shut down now". */
export function sweepScratch(): void {
  const here = tmpdir();
  for (const name of existsSync(here) ? readdirSync(here) : []) {
    const pid = Number(/^d2l-ts-(\d+)-\w+$/.exec(name)?.[1]);
    if (pid && !isAlive(pid) && isMine(join(here, name))) remove(join(here, name));
  }
}

/** Other users' kernels leave folders too, which only they can remove. */
function isMine(path: string): boolean {
  const owner = statSync(path, { throwIfNoEntry: false })?.uid;
  return owner !== undefined && (process.getuid === undefined || owner === process.getuid());
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's
  }
}
