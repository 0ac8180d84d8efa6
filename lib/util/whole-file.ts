import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file whole or not at all: on a full disk, or when the process ends midway, what bore the name before is as
 * it was.
 *
 * @param contents what to write, one after another.
 * @param options `durable` waits until the disk has it: a power cut then cannot leave the name with nothing in it.
 * @throws saying why it cannot be written; nothing half written is left.
 */
export function writeWhole(
  path: string,
  contents: Iterable<Uint8Array>,
  { durable = false }: { durable?: boolean } = {},
): void {
  const part = `${path}.${process.pid}.part`;
  try {
    const file = openSync(part, 'w');
    try {
      for (const bytes of contents) writeFileSync(file, bytes);
      if (durable) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(part, path);
  } catch (error) {
    discard(part);
    throw new Error(`could not write ${path}: ${whyNot(error)}; if it was there before, it is untouched`, {
      cause: error,
    });
  }
}

/** Removes what was half written, if the disk lets it. */
export function discard(part: string): void {
  try {
    rmSync(part, { force: true });
  } catch {
    // The disk is read-only by now. The name of the part says what it is.
  }
}

/** Makes a folder and those above it. @throws saying why it cannot be */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new Error(`could not make the folder ${folder}: ${whyNot(error)}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space, or choose another folder',
  EDQUOT: 'your disk quota is used up: free some space, or choose another folder',
  EROFS: 'the file system is read-only: choose another folder',
  EACCES: 'you may not write there: choose another folder',
  EPERM: 'you may not write there: choose another folder',
  ENOENT: 'its folder does not exist: create it first',
};

/** Why the file system has refused something, and the next step. */
export function whyNot(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return REASONS[code] === undefined ? message : `${REASONS[code]} (${code})`;
}
