/** @file Whether what the kernel writes has colours: it has, unless the environment says no. */

import { stripVTControlCharacters } from 'node:util';

const CODES = { red: [31, 39], yellow: [33, 39], cyan: [36, 39], dim: [2, 22] } as const;

export type Colour = keyof typeof CODES;

/** By the rules of Node and no-color.org: FORCE_COLOR counts before NO_COLOR. */
export function hasColours(env: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR: force, NO_COLOR: none } = env;
  if (force !== undefined) return ['', '1', 'true', '2', '3'].includes(force);
  return !none;
}

export function paint(text: string, colour: Colour, env: NodeJS.ProcessEnv = process.env): string {
  const [on, off] = CODES[colour];
  return hasColours(env) ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** Lines as they are to be shown: without colours where there are to be none. */
export function coloured(lines: readonly string[], env: NodeJS.ProcessEnv): string[] {
  return hasColours(env) ? [...lines] : lines.map(stripVTControlCharacters);
}
