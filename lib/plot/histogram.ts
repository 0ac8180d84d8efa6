/** @file How long the sentences are (d2l section 10.5, `d2l.show_list_len_pair_hist`). */
import { cssColor, type BarMark } from './chart.js';
import { inPixels, usualFigsize } from './figsize.js';
import { Figure } from './figure.js';

/** matplotlib's number of bins. */
const BINS = 10;

/**
 * Shows how often each length occurs in two lists of lists, side by side in ten common bins (d2l section 10.5).
 * @param legend the names of the two lists
 * @param xlist for example source sentences, each a list of tokens
 * @param ylist for example target sentences
 */
export function showListLenPairHist(
  legend: readonly [string, string],
  xlabel: string,
  ylabel: string,
  xlist: readonly ArrayLike<unknown>[],
  ylist: readonly ArrayLike<unknown>[],
): void {
  listLenPairHist(legend, xlabel, ylabel, xlist, ylist).show();
}

/** The figure that `showListLenPairHist` shows, as a value. */
export function listLenPairHist(
  legend: readonly [string, string],
  xlabel: string,
  ylabel: string,
  xlist: readonly ArrayLike<unknown>[],
  ylist: readonly ArrayLike<unknown>[],
): Figure {
  const lengths = [xlist, ylist].map((list) => list.map((item) => item.length));
  const edges = binEdges(lengths.flat());
  const marks = lengths.map((values, i): BarMark => ({
    type: 'bar',
    label: legend[i] ?? '',
    edges,
    counts: binCounts(values, edges),
    from: i === 0 ? 0.1 : 0.5,
    to: i === 0 ? 0.5 : 0.9,
    color: cssColor(`C${i}`),
    hatch: i === 1,
  }));
  return new Figure({ marks, x: { label: xlabel }, y: { label: ylabel }, ...inPixels(usualFigsize()) });
}

/** Eleven edges from the smallest to the largest value. */
function binEdges(values: readonly number[]): number[] {
  let low = values.reduce((a, b) => Math.min(a, b), Infinity);
  let high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (values.length === 0) [low, high] = [0, 1];
  if (low === high) [low, high] = [low - 0.5, high + 0.5];
  return Array.from({ length: BINS + 1 }, (_, i) => low + ((high - low) * i) / BINS);
}

/** How many values lie in each bin; the last bin holds its right edge too, as in NumPy. */
function binCounts(values: readonly number[], edges: readonly number[]): number[] {
  const counts = Array.from({ length: BINS }, () => 0);
  const low = edges[0] ?? 0;
  const width = (edges[BINS] ?? 1) - low;
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor(((value - low) / width) * BINS));
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts;
}
