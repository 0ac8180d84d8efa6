/** @file The ink of each kind of mark, as SVG text; svg.ts puts the frame around it. */
import { line } from 'd3-shape';
import type { BarMark, Chart, HeatMark, Layout, LineMark, LineStyle, Mark } from './chart.js';
import { heatColor, heatRange } from './colormap.js';

const DASHES: Record<LineStyle, string> = { '-': '', '--': '7 4', '-.': '7 3 1.5 3', ':': '1.5 3' };

/** A chart with its plot area measured: `x` and `y` turn values into pixels inside it. */
export interface Frame {
  chart: Chart;
  space: Layout;
  width: number;
  height: number;
  x: (value: number) => number;
  y: (value: number) => number;
}

/** Text made safe for SVG content and attributes. */
export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c);
}

/** A length with one decimal: finer than a screen shows. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** The stroke attributes of a curve; dashes tell curves apart where colours do not. */
export function stroke({ color, style }: LineMark): string {
  const dashes = DASHES[style];
  return `fill="none" stroke="${escape(color)}" stroke-width="2" stroke-linejoin="round"${dashes && ` stroke-dasharray="${dashes}"`}`;
}

/** A mark's ink, in pixels of the plot area. */
export function drawMark(frame: Frame, item: Mark): string {
  if (item.type === 'line') return curve(frame, item);
  return item.type === 'bar' ? bars(frame, item) : heat(frame, item);
}

function curve({ chart, x, y }: Frame, item: LineMark): string {
  const shown = (value: number, log: boolean): boolean => Number.isFinite(value) && (!log || value > 0);
  const points = item.x.map((value, i): [number, number] => [value, item.y[i] ?? NaN]);
  const visible = ([a, b]: [number, number]): boolean =>
    shown(a, chart.x.scale === 'log') && shown(b, chart.y.scale === 'log');
  const path = line<[number, number]>(
    (p) => x(p[0]),
    (p) => y(p[1]),
  )
    .defined(visible)
    .digits(1)(points);
  const [only] = points.filter(visible);
  // a path through one point has no ink
  const dot =
    points.length === 1 && only
      ? `<circle cx="${px(x(only[0]))}" cy="${px(y(only[1]))}" r="3" fill="${escape(item.color)}"/>`
      : '';
  return `${path === null ? '' : `<path d="${path}" ${stroke(item)}/>`}${dot}`;
}

function bars({ x, y, height }: Frame, item: BarMark): string {
  return item.counts
    .map((count, i) => {
      const start = x(item.edges[i] ?? 0);
      const step = x(item.edges[i + 1] ?? 0) - start;
      const top = y(count);
      return count === 0
        ? ''
        : drawBar(
            item,
            px(start + step * item.from),
            px(top),
            px(step * (item.to - item.from)),
            px(height - top),
          );
    })
    .join('');
}

/** A bar as text; the hatch is lines of its own, because patterns need ids. */
export function drawBar(item: BarMark, x: string, y: string, width: string, height: string): string {
  const [w, h] = [Number(width), Number(height)];
  const lines: string[] = [];
  for (let at = 5; item.hatch && at < w + h; at += 6) {
    const [x1, y1] = [Math.max(0, at - h), Math.min(at, h)];
    lines.push(`M${px(x1)},${px(y1)}L${px(Math.min(at, w))},${px(Math.max(0, at - w))}`);
  }
  const hatch = lines.length === 0 ? '' : `<path d="${lines.join('')}" stroke="#fff"/>`;
  return `<g transform="translate(${x},${y})"><rect width="${width}" height="${height}" fill="${escape(item.color)}"/>${hatch}</g>`;
}

/** Colours of a heat map: neighbours differ less than an eye sees. */
const LEVELS = 64;

/** Cells of one colour share a path, a stroke as thick as a row: a rectangle each would make large maps ten times as long. */
function heat({ x, y }: Frame, item: HeatMark): string {
  const range = heatRange(item.z);
  const runs = new Map<string, string>();
  item.z.forEach((row, r) => {
    const colors = row.map((value) => levelColor(value, range));
    for (let from = 0, to = 1; from < row.length; from = to, to++) {
      const color = colors[from] ?? '';
      while (to < row.length && colors[to] === color) to++;
      const run = `M${px(x(from - 0.5))},${px(y(r))}h${px(x(to - 0.5) - x(from - 0.5))}`;
      runs.set(color, `${runs.get(color) ?? ''}${run}`);
    }
  });
  const thick = px(Math.abs(y(1) - y(0)));
  const paths = [...runs].map(([color, d]) => `<path d="${d}" stroke="${color}"/>`);
  return `<g stroke-width="${thick}" shape-rendering="crispEdges">${paths.join('')}</g>`;
}

function levelColor(value: number, [low, high]: readonly [number, number]): string {
  const level = Math.round(((value - low) / (high - low)) * LEVELS) / LEVELS;
  return high > low ? heatColor(level, [0, 1]) : heatColor(value, [low, high]);
}

/** The number in at most six characters, as many as have room beside the scale. */
function shortNumber(value: number): string {
  const texts = [3, 2, 1].map((digits) => String(Number(value.toPrecision(digits))));
  return texts.find((text) => text.length <= 6) ?? texts.at(-1) ?? '';
}

/** The scale of a heat map's colours, right of the plot area. */
export function drawColorBar({ chart, width, height }: Frame): string {
  const [low, high] = heatRange(chart.marks.flatMap((m) => (m.type === 'heat' ? m.z : [])));
  const steps = 32;
  const cells = Array.from({ length: steps }, (_, i) => {
    const color = heatColor((i + 0.5) / steps, [0, 1]);
    return `<rect x="${px(width + 12)}" y="${px(height * (1 - (i + 1) / steps))}" width="12" height="${px(height / steps + 0.5)}" fill="${color}"/>`;
  });
  const label = (value: number, at: number): string =>
    `<text x="${px(width + 28)}" y="${px(at)}" font-size="11">${shortNumber(value)}</text>`;
  return [...cells, label(high, 9), label(low, height)].join('');
}
