/** @file Draws a chart as SVG text, with no DOM: the picture every front end can show, scripts or none. */
import { scaleLinear, scaleLog } from 'd3-scale';
import {
  domain,
  layout,
  legendLabel,
  ROW,
  SAMPLE,
  textWidth,
  ticks,
  turnsNames,
  type Chart,
  type Mark,
} from './chart.js';
import { describe } from './describe.js';
import { drawBar, drawColorBar, drawMark, escape, px, stroke, type Frame } from './svg-marks.js';

const INK = '#333';
const GRID = '#e6e6e6';

/** The chart as one SVG document on a white card, so that it can be read on a dark page too. */
export function renderSvg(chart: Chart): string {
  const frame = makeFrame(chart);
  const { space, width, height } = frame;
  const name = escape(describe(chart));
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="${name}" width="${chart.width}" height="${chart.height}" viewBox="0 0 ${chart.width} ${chart.height}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12" fill="${INK}">`,
    `<desc>${name}</desc>`,
    `<rect width="100%" height="100%" rx="4" fill="#fff"/>`,
    title(chart),
    legend(frame),
    `<g transform="translate(${space.left},${space.top})">`,
    grid(frame),
    // a nested svg clips without an id; ids would collide where a page holds many figures
    `<svg width="${width}" height="${height}" overflow="hidden">${chart.marks.map((m) => drawMark(frame, m)).join('')}</svg>`,
    axes(frame),
    chart.marks.some((m) => m.type === 'heat') ? drawColorBar(frame) : '',
    '</g></svg>',
  ];
  return parts.join('');
}

function makeFrame(chart: Chart): Frame {
  const space = layout(chart);
  const width = Math.max(20, chart.width - space.left - space.right);
  const height = Math.max(20, chart.height - space.top - space.bottom);
  const down = chart.y.categories !== undefined || chart.marks.some((m) => m.type === 'heat');
  return {
    chart,
    space,
    width,
    height,
    x: position(chart, 'x', [0, width]),
    y: position(chart, 'y', down ? [0, height] : [height, 0]),
  };
}

function position(chart: Chart, name: 'x' | 'y', range: [number, number]): (value: number) => number {
  const scale = (chart[name].scale === 'log' ? scaleLog() : scaleLinear())
    .domain(domain(chart, name))
    .range(range);
  return (value) => scale(value);
}

function title({ title: text, width }: Chart): string {
  if (text === undefined) return '';
  return `<text x="${px(width / 2)}" y="20" text-anchor="middle" font-size="13">${escape(text)}</text>`;
}

function legend({ chart, space }: Frame): string {
  const first = chart.title === undefined ? 0 : 22;
  return space.rows
    .map((row, index) => {
      let x = space.left;
      const y = first + 6 + ROW * index + ROW / 2;
      return row
        .map((entry) => {
          const label = legendLabel(entry);
          const text = `${sample(entry, x, y)}<text x="${px(x + 40)}" y="${px(y + 4)}">${escape(label)}</text>`;
          x += SAMPLE + textWidth(label);
          return text;
        })
        .join('');
    })
    .join('');
}

function sample(entry: Mark, x: number, y: number): string {
  if (entry.type === 'heat') return '';
  if (entry.type === 'bar') return drawBar(entry, px(x + 11), px(y - 5), '18', '10');
  return `<path d="M${px(x + 5)},${px(y)}h30" ${stroke(entry)}/>`;
}

function grid({ chart, width, height, x, y }: Frame): string {
  if (chart.marks.some((m) => m.type === 'heat')) return '';
  const vertical = ticks(chart, 'x').values.map((v) => `M${px(x(v))},0V${px(height)}`);
  const horizontal = ticks(chart, 'y').values.map((v) => `M0,${px(y(v))}H${px(width)}`);
  return `<path d="${[...vertical, ...horizontal].join('')}" stroke="${GRID}"/>`;
}

function axes({ chart, space, width, height, x, y }: Frame): string {
  const xs = ticks(chart, 'x');
  const ys = ticks(chart, 'y');
  const turned = turnsNames(chart.x.categories);
  const xText = xs.labels.map((text, i) => {
    const at = px(x(xs.values[i] ?? 0));
    return turned
      ? `<text transform="translate(${at},${px(height + 8)}) rotate(-90)" text-anchor="end" dy=".35em">${escape(text)}</text>`
      : `<text x="${at}" y="${px(height + 18)}" text-anchor="middle">${escape(text)}</text>`;
  });
  const yText = ys.labels.map(
    (text, i) => `<text x="-8" y="${px(y(ys.values[i] ?? 0) + 4)}" text-anchor="end">${escape(text)}</text>`,
  );
  const marks = [
    ...xs.values.map((v) => `M${px(x(v))},${px(height)}v4`),
    ...ys.values.map((v) => `M0,${px(y(v))}h-4`),
  ];
  const { label: xLabel } = chart.x;
  const { label: yLabel } = chart.y;
  return [
    `<path d="M0,0V${px(height)}H${px(width)}${marks.join('')}" fill="none" stroke="#888"/>`,
    ...xText,
    ...yText,
    xLabel === undefined
      ? ''
      : `<text x="${px(width / 2)}" y="${px(height + space.bottom - 6)}" text-anchor="middle">${escape(xLabel)}</text>`,
    yLabel === undefined
      ? ''
      : `<text transform="translate(${px(14 - space.left)},${px(height / 2)}) rotate(-90)" text-anchor="middle">${escape(yLabel)}</text>`,
  ].join('');
}
