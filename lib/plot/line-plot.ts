/** @file Curves of numbers that are all there already (d2l section 2.4, `d2l.plot`). */
import { COLORS, cssColor, STYLES, type LineMark, type LineStyle, type Scale } from './chart.js';
import { inPixels, usualFigsize } from './figsize.js';
import { Figure } from './figure.js';
import { isRow, toArray, type Numbers } from './numbers.js';

/** How a plot looks. */
export interface PlotOptions {
  xlabel?: string;
  ylabel?: string;
  /** A name for each curve. */
  legend?: readonly string[];
  xlim?: readonly [number, number];
  ylim?: readonly [number, number];
  xscale?: Scale;
  yscale?: Scale;
  title?: string;
  /** Line styles of the curves, used again from the start when they run out. */
  ls?: readonly LineStyle[];
  /** Colours of the curves: `C0`…`C9` or CSS. */
  colors?: readonly string[];
  /** Width and height in inches, of 120 CSS pixels each. */
  figsize?: readonly [number, number];
}

/**
 * Shows one or more curves of y over x (d2l section 2.4); one x serves all curves.
 * @param x one row of numbers, or a row for each curve
 * @param y the same for y
 * @throws Error when x and y differ in length
 * @example
 * plot([0, 1, 2], [[0, 1, 4], [0, 2, 4]], { xlabel: 'x', legend: ['x²', '2x'] });
 */
export function plot(
  x: Numbers | readonly Numbers[],
  y: Numbers | readonly Numbers[],
  options: PlotOptions = {},
): void {
  linePlot(x, y, options).show();
}

/** The figure that `plot` shows, as a value. */
export function linePlot(
  x: Numbers | readonly Numbers[],
  y: Numbers | readonly Numbers[],
  options: PlotOptions = {},
): Figure {
  return new Figure({
    ...inPixels(options.figsize ?? usualFigsize()),
    title: options.title,
    x: { label: options.xlabel, lim: options.xlim, scale: options.xscale },
    y: { label: options.ylabel, lim: options.ylim, scale: options.yscale },
    marks: curves(x, y, options),
  });
}

function curves(
  x: Numbers | readonly Numbers[],
  y: Numbers | readonly Numbers[],
  options: PlotOptions,
): LineMark[] {
  const { ls = STYLES, colors = COLORS, legend = [] } = options;
  const xs = (isRow(x) ? [x] : x).map(toArray);
  return (isRow(y) ? [y] : y).map((row, i) => {
    const values = toArray(row);
    const places = xs[i] ?? xs[0] ?? [];
    if (places.length !== values.length) {
      throw new Error(
        `curve ${i} has ${places.length} values of x and ${values.length} of y: make them equally many`,
      );
    }
    return {
      type: 'line',
      label: legend[i] ?? '',
      x: places,
      y: values,
      color: cssColor(colors[i % colors.length] ?? 'C0'),
      style: ls[i % ls.length] ?? '-',
    };
  });
}
