/** @file Which files are the user's own, and when they were saved. */
import { statSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file of the user's own; packages are left to Node. */
export function ownFile(url: string): string | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = fileURLToPath(url);
  return path.includes(`${sep}node_modules${sep}`) ? undefined : path;
}

/** The time of the last change in ms, -1 for a file that is not there. */
export function mtime(path: string): number {
  try {
    return statSync(path).mtimeMs;
  } catch {
    return -1;
  }
}
