/** @file Says in words what a chart shows: for screen readers, terminals and e-mail. */
import { domain, formatNumber, type Chart, type Mark } from './chart.js';
import { heatRange } from './colormap.js';

const STYLE_NAMES = { '-': 'solid', '--': 'dashed', '-.': 'dash-dotted', ':': 'dotted' } as const;
const BLOCKS = '▁▂▃▄▅▆▇█';
const SPARK_WIDTH = 24;

/** One sentence: what is drawn, against what, and where each curve ended. */
export function describe(chart: Chart): string {
  const [from, to] = domain(chart, 'x');
  const against = chart.x.label === undefined ? '' : ` against ${chart.x.label}`;
  const span = chart.x.categories === undefined ? `, ${number(from)} to ${number(to)}` : '';
  const scale = chart.y.scale === 'log' ? ', logarithmic scale' : '';
  const what = chart.marks.map(describeMark).join('; ') || 'no points yet';
  return `${chart.title === undefined ? '' : `${chart.title}: `}${what}${against}${span}${scale}`;
}

function describeMark(mark: Mark): string {
  if (mark.type === 'bar') {
    const total = mark.counts.reduce((a, b) => a + b, 0);
    return `histogram of ${mark.label || 'values'}, ${total} values in ${mark.counts.length} bins`;
  }
  if (mark.type === 'heat') {
    const [low, high] = heatRange(mark.z).map(formatNumber);
    return `heat map of ${mark.label || 'values'}, ${mark.z.length} × ${mark.z[0]?.length ?? 0}, ${low} to ${high}`;
  }
  const last = mark.y.at(-1);
  const name = `${mark.label || `curve of ${mark.y.length} points`} (${STYLE_NAMES[mark.style]})`;
  return last === undefined
    ? name
    : `${name} from ${formatNumber(mark.y[0] ?? NaN)} to ${formatNumber(last)}`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** The chart for a terminal: a line of text per mark, curves as a row of blocks. */
export function renderText(chart: Chart): string {
  const names = chart.marks.map((mark) => mark.label);
  const width = Math.max(0, ...names.map((name) => name.length));
  const lines = chart.marks.map((mark) =>
    mark.type === 'line'
      ? `${mark.label.padEnd(width)} ${sparkline(mark.y)} ${formatNumber(mark.y.at(-1) ?? NaN)}`
      : describeMark(mark),
  );
  return [chart.title, ...lines, chart.x.label === undefined ? undefined : `x: ${chart.x.label}`]
    .filter((text) => text !== undefined)
    .join('\n');
}

function sparkline(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity);
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity);
  const width = Math.min(values.length, SPARK_WIDTH);
  const sampled = Array.from(
    { length: width },
    (_, i) => values[Math.round((i * (values.length - 1)) / Math.max(1, width - 1))],
  );
  return sampled
    .map((value) => {
      if (value === undefined || !Number.isFinite(value)) return '·';
      const share = high > low ? (value - low) / (high - low) : 0.5;
      return BLOCKS[Math.round(share * (BLOCKS.length - 1))];
    })
    .join('');
}
