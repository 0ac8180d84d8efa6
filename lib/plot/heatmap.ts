/** @file A matrix as colours (d2l section 11.1, `d2l.show_heatmaps`), for attention and gates. */
import { layout, type Axis, type Chart } from './chart.js';
import { Figure } from './figure.js';
import { toRows, type Matrix } from './numbers.js';

/** How a heat map looks. */
export interface HeatmapOptions {
  xlabel?: string;
  ylabel?: string;
  /** Names of the columns, for example source tokens. */
  columns?: readonly string[];
  /** Names of the rows, from the top. */
  rows?: readonly string[];
  title?: string;
  /** What the numbers are, for readers who cannot see the colours. */
  name?: string;
}

/** Side of a cell, pixels; a large matrix gets smaller cells. */
const CELL = 34;
/** Longest side of the whole grid, pixels. */
const GRID = 480;
/** Shortest side of the grid: the scale beside it and the title above it need as much. */
const MIN_SIDE = 80;

/**
 * Shows a matrix as coloured cells, row 0 on top (d2l section 11.1).
 * @param z numbers of shape (rows, columns)
 * @throws Error when there are not as many names as rows or columns
 * @example
 * showHeatmap([[0.9, 0.1], [0.2, 0.8]], { columns: ['go', '.'], rows: ['va', '!'] });
 */
export function showHeatmap(z: Matrix, options: HeatmapOptions = {}): void {
  heatmap(z, options).show();
}

/** The figure that `showHeatmap` shows, as a value. */
export function heatmap(z: Matrix, options: HeatmapOptions = {}): Figure {
  const rows = toRows(z);
  const [height, width] = [rows.length, rows[0]?.length ?? 0];
  const cell = Math.min(CELL, GRID / Math.max(1, height, width));
  const chart: Chart = {
    marks: [{ type: 'heat', label: options.name ?? '', z: rows }],
    x: axis('column', width, options.xlabel, options.columns),
    y: axis('row', height, options.ylabel, options.rows),
    width: 0,
    height: 0,
    title: options.title,
  };
  const space = layout(chart);
  return new Figure({
    ...chart,
    width: Math.round(space.left + Math.max(MIN_SIDE, cell * width) + space.right),
    height: Math.round(space.top + Math.max(MIN_SIDE, cell * height) + space.bottom),
  });
}

function axis(what: string, size: number, label?: string, names?: readonly string[]): Axis {
  if (names !== undefined && names.length !== size) {
    throw new Error(`${names.length} names for ${size} ${what}s: give one name for each ${what}`);
  }
  return { label, categories: names };
}
