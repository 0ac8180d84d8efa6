/** @file What a figure is, before anyone draws it: marks on two axes, and the choices both renderers share. */
import { scaleLinear, scaleLog } from 'd3-scale';

/** How an axis maps values to the page. */
export type Scale = 'linear' | 'log';

/** matplotlib's four line styles. */
export type LineStyle = '-' | '--' | '-.' | ':';

/** One axis; `categories` names the positions 0, 1, 2, … of a heat map. */
export interface Axis {
  label?: string | undefined;
  lim?: readonly [number, number] | undefined;
  scale?: Scale | undefined;
  categories?: readonly string[] | undefined;
}

/** A curve through the points (x[i], y[i]); a value that is not finite leaves a gap. */
export interface LineMark {
  type: 'line';
  label: string;
  x: readonly number[];
  y: readonly number[];
  color: string;
  style: LineStyle;
  /** Whether the legend tells the last value, as a curve that grows should. */
  last?: boolean;
}

/** Bars of a histogram: bar i covers [edges[i], edges[i + 1]], shrunk to the part [from, to] of that width. */
export interface BarMark {
  type: 'bar';
  label: string;
  edges: readonly number[];
  counts: readonly number[];
  from: number;
  to: number;
  color: string;
  hatch: boolean;
}

/** A matrix of numbers as coloured cells, z[row][column], row 0 on top. */
export interface HeatMark {
  type: 'heat';
  label: string;
  z: readonly (readonly number[])[];
}

/** Anything that can be drawn on the axes. */
export type Mark = LineMark | BarMark | HeatMark;

/** A figure: marks, axes, size in CSS pixels. */
export interface Chart {
  marks: readonly Mark[];
  x: Axis;
  y: Axis;
  width: number;
  height: number;
  title?: string | undefined;
}

const PALETTE = [
  '#1f77b4',
  '#ff7f0e',
  '#2ca02c',
  '#d62728',
  '#9467bd',
  '#8c564b',
  '#e377c2',
  '#7f7f7f',
  '#bcbd22',
  '#17becf',
];

/** Colours of curves in their order; with the four styles no two of the first twenty look the same. */
export const COLORS: readonly string[] = PALETTE.map((_, i) => `C${i}`);
/** Styles of curves in their order: they tell curves apart where colours do not. */
export const STYLES: readonly LineStyle[] = ['-', '--', '-.', ':'];

/** The CSS colour for matplotlib's `C0`…`C9`; every other name is passed on as CSS. */
export function cssColor(name: string): string {
  const index = /^C(\d)$/.exec(name)?.[1];
  return index === undefined ? name : (PALETTE[Number(index)] ?? name);
}

/** A number for people: three significant digits, no exponent between 0.001 and a million. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size >= 1e6 || (size > 0 && size < 1e-3)) return value.toExponential(2).replace('-', '−');
  return (size >= 100 ? String(Math.round(value)) : value.toPrecision(3)).replace('-', '−');
}

/** The value rounded to so many significant digits: six decimals of a loss would only swell the notebook. */
export function round(value: number, digits = 4): number {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}

/** The legend's text for a mark: its name, and where a growing curve stands. */
export function legendLabel(mark: Mark): string {
  if (mark.type !== 'line' || mark.last !== true) return mark.label;
  const last = mark.y.at(-1);
  return last === undefined ? mark.label : `${mark.label} ${formatNumber(last)}`.trim();
}

/** The range of values an axis shows: its limits if given, else all finite values with a little air. */
export function domain(chart: Chart, name: 'x' | 'y'): [number, number] {
  const axis = chart[name];
  if (axis.lim !== undefined) return [axis.lim[0], axis.lim[1]];
  if (axis.categories !== undefined) return [-0.5, axis.categories.length - 0.5];
  const log = axis.scale === 'log';
  let low = Infinity;
  let high = -Infinity;
  for (const value of chart.marks.flatMap((mark) => extent(mark, name))) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  const bars = chart.marks.some((mark) => mark.type === 'bar');
  return log ? airLog(low, high) : bars && name === 'y' ? [0, high * 1.05] : air(low, high);
}

function extent(mark: Mark, name: 'x' | 'y'): readonly number[] {
  if (mark.type === 'line') return mark[name];
  if (mark.type === 'bar') return name === 'x' ? mark.edges : [0, ...mark.counts];
  const rows = mark.z.length;
  const columns = mark.z[0]?.length ?? 0;
  return [-0.5, (name === 'x' ? columns : rows) - 0.5];
}

function air(low: number, high: number): [number, number] {
  const pad = (high - low) * 0.05 || Math.abs(low) * 0.05 || 0.5;
  return [low - pad, high + pad];
}

function airLog(low: number, high: number): [number, number] {
  const pad = (high / low) ** 0.05;
  return pad > 1 ? [low / pad, high * pad] : [low / 1.5, low * 1.5];
}

/** Where an axis has its marks, and what they say. */
export function ticks(chart: Chart, name: 'x' | 'y'): { values: number[]; labels: string[] } {
  const axis = chart[name];
  if (axis.categories !== undefined) {
    return { values: axis.categories.map((_, index) => index), labels: [...axis.categories] };
  }
  const count =
    name === 'x' ? Math.max(2, Math.round(chart.width / 80)) : Math.max(2, Math.round(chart.height / 55));
  if (axis.scale === 'log') {
    const scale = scaleLog().domain(domain(chart, name));
    const format = scale.tickFormat(count, '~g'); // empty for values that would crowd
    const values = scale.ticks(count).filter((value) => format(value) !== '');
    return { values, labels: values.map(format) };
  }
  const scale = scaleLinear().domain(domain(chart, name));
  const bars = name === 'y' && chart.marks.some((mark) => mark.type === 'bar');
  const values = scale.ticks(count).filter((value) => !bars || Number.isInteger(value));
  return { values, labels: values.map(bars ? String : scale.tickFormat(count)) };
}

/** Room around the plot area, and the legend's rows above it, in pixels. */
export interface Layout {
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Marks of the legend, row by row. */
  rows: Mark[][];
}

/** Pixels a text of this many characters takes, on average, at 12 px; no font is at hand to measure. */
export function textWidth(text: string): number {
  return text.length * 6.2;
}

/** Line height of the legend, pixels. */
export const ROW = 19;
/** Width of a legend entry beside its text, as in plotly's legend, pixels. */
export const SAMPLE = 45;

/** Lays a figure out: both renderers use these margins, so that one can replace the other without a jump. */
export function layout(chart: Chart): Layout {
  const rows = legendRows(chart);
  const heat = chart.marks.some((mark) => mark.type === 'heat');
  const widest = Math.max(0, ...ticks(chart, 'y').labels.map(textWidth));
  const top = 10 + rows.length * ROW + (chart.title === undefined ? 0 : 22);
  return {
    left: Math.max(40, Math.ceil(widest) + 14) + (chart.y.label === undefined ? 0 : 22),
    right: heat ? 64 : 22,
    top,
    bottom: xTickRoom(chart) + (chart.x.label === undefined ? 0 : 18),
    rows,
  };
}

/** Whether the names below a heat map are turned to run upwards; single characters are read better as they are. */
export function turnsNames(names: readonly string[] | undefined): names is readonly string[] {
  return names?.some((name) => name.length > 1) ?? false;
}

/** Turned names need as much room below the plot as they are long. */
function xTickRoom(chart: Chart): number {
  const names = chart.x.categories;
  return turnsNames(names) ? 22 + Math.ceil(Math.max(0, ...names.map(textWidth))) : 26;
}

function legendRows(chart: Chart): Mark[][] {
  const named = chart.marks.filter((mark) => mark.type !== 'heat' && mark.label !== '');
  const rows: Mark[][] = [];
  let free = 0;
  for (const mark of named) {
    const width = SAMPLE + textWidth(legendLabel(mark));
    if (rows.length === 0 || width > free) {
      rows.push([]);
      free = chart.width - 60;
    }
    rows.at(-1)?.push(mark);
    free -= width;
  }
  return rows;
}
