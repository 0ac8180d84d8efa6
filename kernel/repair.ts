/** @file How this copy of the package came to where it is, and so what brings a missing part of it back. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { KERNEL, PACKAGE } from './package.js';

export interface Repair {
  /** What to do when a package that npm installs is missing or broken. */
  packages: string;
  /** What to do when a file of our own is missing. */
  files: string;
  /** How our command line is called. */
  command: string;
}

/** The next steps for a clone, for a package that npm installed (globally or into a project), or for any other copy. */
export function repair(folder = PACKAGE): Repair {
  const above = dirname(folder);
  if (basename(above) !== 'node_modules') {
    const command = `node ${KERNEL}`;
    if (existsSync(join(folder, 'scripts', 'setup.mjs')))
      return { packages: 'run npm ci again', files: 'run npm run build', command };
    const again = `get this copy anew (${folder}; of a container, its image)`;
    return { packages: again, files: again, command };
  }
  const project = dirname(above);
  if (existsSync(join(project, 'package.json'))) {
    const again = `remove ${folder} and run npm install --ignore-scripts in ${project}`;
    return { packages: again, files: again, command: 'npx d2l-ts' };
  }
  const again = 'run npm install -g --ignore-scripts again, with the package that it came from';
  return { packages: again, files: again, command: 'd2l-ts' };
}

/** @throws Error with the advice, and the first line of why, when the body throws */
export function attempt<T>(body: () => T, advice: string): T {
  try {
    return body();
  } catch (error) {
    throw new Error(`${advice} (${(error as Error).message.split('\n')[0]})`, { cause: error });
  }
}

export const OLDEST_NODE = 20;

/** @throws Error when that version is too old */
export function checkNode(version: string, whose: string): string {
  if (Number(/\d+/.exec(version)) < OLDEST_NODE)
    throw new Error(`${whose} is ${version}; install Node.js ${OLDEST_NODE} or newer`);
  return version;
}
