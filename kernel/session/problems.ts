/** @file Which of the compiler's messages are about the cell itself, and where in it. */
import type { Diagnostic } from './tsc.js';

/** TS7016: a package without types is of type any in a notebook, not a reason to stop. */
const TOLERATED: ReadonlySet<number> = new Set([7016]);
/** Two declarations of one name. */
const DUPLICATE: ReadonlySet<number> = new Set([2300, 2451]);
/** No package that makes JSX elements, and what follows from that for each element. */
const NO_RUNTIME = 2875;
const NO_ELEMENTS = 7026;

/** @param cell its file, where its text begins there, and how long it is. @returns problems at offsets of the cell's text */
export function problemsIn(
  all: readonly Diagnostic[],
  { file, offset, length }: { file: string; offset: number; length: number },
): Diagnostic[] {
  // Its very end is the cell's too: what is missing is reported there. What follows are references of ours.
  const isInside = ({ pos }: Diagnostic): boolean => pos >= offset && pos <= offset + length;
  // A cell may declare a name again. Where its text cannot be read its names are still among the earlier cells'.
  const isAgain = (d: Diagnostic): boolean =>
    DUPLICATE.has(d.code) &&
    all.some(({ pos, code, text }) => pos < offset && code === d.code && text === d.text);
  const follows = (d: Diagnostic): boolean =>
    d.code === NO_ELEMENTS && all.some(({ code }) => code === NO_RUNTIME);
  const isCells = (d: Diagnostic): boolean => d.fileName === file && d.category === 1 && isInside(d);
  const isLeftOut = (d: Diagnostic): boolean => TOLERATED.has(d.code) || isAgain(d) || follows(d);
  const within = (position: number): number => Math.min(position - offset, length);
  const found = all
    .filter((d) => isCells(d) && !isLeftOut(d))
    .map((d) => ({ ...d, pos: within(d.pos), end: within(d.end) }));
  // One report for a place: after a missing bracket the parser has many complaints about the same spot.
  return found.filter((d, i) => !i || d.pos > found[i - 1]!.pos + 1);
}
