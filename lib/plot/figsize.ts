/** @file The size of figures that say none of their own. */

/** CSS pixels for an inch: d2l's 3.5 x 2.5 becomes 420 x 300, readable beside 14 px cell text. */
const PIXELS_PER_INCH = 120;
const BOOKS = [3.5, 2.5] as const;

/** Width and height in inches, of 120 CSS pixels each. */
export type Figsize = readonly [width: number, height: number];

let usual: Figsize = BOOKS;

/**
 * Sets the size of the curves and histograms that follow (d2l section 2.4); without a size, back to the book's.
 *
 * @param figsize width and height in inches, 3.5 and 2.5 by default.
 * @throws when one of them is not above 0.
 */
export function setFigsize(figsize: Figsize = BOOKS): void {
  if (!figsize.every((side) => side > 0))
    throw new Error(`a figure has a width and a height above 0 inches, got ${figsize.join(' and ')}`);
  usual = figsize;
}

/** The size that holds now, in inches. @internal */
export const usualFigsize = (): Figsize => usual;

/** A size as figures take it. @internal */
export const inPixels = ([width, height]: Figsize): { width: number; height: number } => ({
  width: Math.round(width * PIXELS_PER_INCH),
  height: Math.round(height * PIXELS_PER_INCH),
});
