import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ProgressBoard } from './board.js';
import type { Chart } from './chart.js';
import { bundle, PLOT_MIME, PLOTLY_MIME } from './figure.js';
import { heatmap } from './heatmap.js';
import { listLenPairHist } from './histogram.js';
import { linePlot } from './line-plot.js';
import type { PlotlyFigure } from './plotly.js';

/** The stored pictures lie beside the sources; `UPDATE_SNAPSHOTS=1` draws them anew, to be looked at. */
const SNAPSHOTS = join(import.meta.dirname, '../../../lib/plot/snapshots');

function matchesSnapshot(name: string, svg: string): void {
  const path = join(SNAPSHOTS, `${name}.svg`);
  const text = svg.replace(/></g, '>\n<') + '\n';
  if (process.env['UPDATE_SNAPSHOTS'] === '1') writeFileSync(path, text);
  assert.equal(
    text,
    readFileSync(path, 'utf8'),
    `${name}.svg differs: run with UPDATE_SNAPSHOTS=1 and look at it`,
  );
}

/** A curve like that of the LSTM section, of so many epochs. */
function trainingCurve(epochs: number, yscale: 'linear' | 'log' = 'linear'): Chart {
  const board = new ProgressBoard({ xlabel: 'epoch', xlim: [0, epochs], yscale, display: false });
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (const part of [0.2, 0.7])
      board.draw(epoch + part, 5 + 17.123456 * Math.exp(-(epoch + part) / 15), 'train_ppl');
    board.draw(epoch + 1, 7 + 15.654321 * Math.exp(-(epoch + 1) / 17), 'val_ppl');
  }
  return board.chart;
}

function plotOf(data: Readonly<Record<string, unknown>>): PlotlyFigure {
  return data[PLOT_MIME] as PlotlyFigure;
}

test('draws the pictures that are stored and were looked at', () => {
  const hist = listLenPairHist(
    ['source', 'target'],
    '# tokens per sequence',
    'count',
    ['ab', 'abc', 'abcd', 'abc', 'abcde'],
    ['abc', 'abcdefg', 'abcdef', 'abc', 'abcdefghi'],
  );
  const attention = heatmap(
    [
      [0.9, 0.05, 0.05],
      [0.1, 0.2, 0.7],
    ],
    { columns: ['go', '.', '<eos>'], rows: ['va', '!'] },
  );
  const waves = linePlot(
    [0, 1, 2, 3],
    [
      [0, 1, 0, -1],
      [1, NaN, -1, 0],
    ],
    { xlabel: 'x', ylabel: 'f', legend: ['sin', 'cos'] },
  );
  matchesSnapshot('training', String(bundle(trainingCurve(30))['image/svg+xml']));
  matchesSnapshot('training-log', String(bundle(trainingCurve(30, 'log'))['image/svg+xml']));
  matchesSnapshot('histogram', hist.toSvg());
  matchesSnapshot('heatmap', attention.toSvg());
  matchesSnapshot('curves', waves.toSvg());
});

test('names of one character stand upright under a heat map, longer ones are turned; the scale has room', () => {
  const figure = (columns: string[]) => heatmap([[0.001006, 0.99801]], { columns });
  assert.doesNotMatch(figure(['t', 'h']).toSvg(), /rotate/);
  assert.match(figure(['t', 'he']).toSvg(), /rotate\(-90\)/);
  assert.match(figure(['t', 'h']).toSvg(), />0\.998<[^]*>0\.001</);
});

test('a curve of 100 epochs adds less than 60 kB to the notebook', () => {
  const size = JSON.stringify(bundle(trainingCurve(100))).length;
  assert.ok(size < 60_000, `${size} bytes`);
});

test('a curve of 100,000 points stays as small, with its peaks', () => {
  const y = Array.from({ length: 100_000 }, (_, i) => (i === 54_321 ? 7.5 : Math.sin(i / 1000)));
  const data = bundle(
    linePlot(
      y.map((_, i) => i),
      y,
    ).chart,
  );
  assert.ok(JSON.stringify(data).length < 60_000);
  const [curve] = plotOf(data).data;
  assert.ok((curve?.['y'] as number[] | undefined)?.includes(7.5));
});

test('the two pictures share margins, ranges and names', () => {
  const data = bundle(trainingCurve(30));
  const { layout, data: traces } = plotOf(data);
  const svg = String(data['image/svg+xml']);
  const margin = layout['margin'] as { l: number; t: number };
  assert.ok(svg.includes(`<g transform="translate(${margin.l},${margin.t})">`));
  assert.deepEqual((layout['xaxis'] as { range: number[] }).range, [0, 30]);
  for (const trace of traces) assert.ok(svg.includes(`>${String(trace['name'])}</text>`));
});

test("the legend tells each curve's last value", () => {
  const names = plotOf(bundle(trainingCurve(30))).data.map((trace) => trace['name']);
  assert.deepEqual(names, ['train_ppl 7.36', 'val_ppl 9.68']);
});

test("a live frame leaves out plotly's own type, whose renderer would stay at the first frame", () => {
  assert.equal(PLOTLY_MIME in bundle(trainingCurve(3), { final: false }), false);
  assert.equal(PLOTLY_MIME in bundle(trainingCurve(3)), true);
});

test('a value that is not finite leaves a gap, and JSON stays valid', () => {
  const data = bundle(linePlot([0, 1, 2, 3], [1, NaN, Infinity, 2]).chart);
  assert.deepEqual(JSON.parse(JSON.stringify(plotOf(data).data[0]?.['y'])), [1, null, null, 2]);
  assert.doesNotMatch(String(data['image/svg+xml']), /NaN|Infinity/);
});

test('zero and less have no place on a logarithmic axis and break nothing', () => {
  const svg = linePlot([0, 1, 2], [0, 10, 100], { yscale: 'log' }).toSvg();
  assert.doesNotMatch(svg, /NaN|Infinity/);
});

test('an empty figure can be drawn', () => {
  const data = bundle(new ProgressBoard({ xlabel: 'epoch' }).chart);
  assert.match(String(data['image/svg+xml']), /^<svg .*no points yet.*<\/svg>$/);
});

test('a figure describes itself to those who cannot see it', () => {
  const svg = String(bundle(trainingCurve(30))['image/svg+xml']);
  assert.match(svg, /role="img" aria-label="train_ppl \(solid\) from 21\.9 to 7\.36; val_ppl \(dashed\)/);
  assert.match(svg, /against epoch, 0 to 30"/);
});

test('names are text, not markup', () => {
  const figure = linePlot([0, 1], [0, 1], { legend: ['<unk> & "co"'], xlabel: '<b>' });
  assert.doesNotMatch(figure.toSvg(), /<unk>|<b>/);
  assert.equal(plotOf(figure.toBundle()).data[0]?.['name'], '&lt;unk&gt; &amp; "co"');
});

test('curves, cells and names that do not match are refused with both numbers', () => {
  assert.throws(() => linePlot([1, 2, 3], [1, 2]), /3 values of x and 2 of y/);
  assert.throws(() => heatmap([[1, 2], [1]]), /row 0 has 2 numbers and row 1 has 1/);
  assert.throws(() => heatmap([[1, 2]], { columns: ['a'] }), /1 names for 2 columns/);
});

test('lengths fall into ten common bins, the largest into the last', () => {
  const items = (lengths: number[]): string[] => lengths.map((n) => 'x'.repeat(n));
  const { chart } = listLenPairHist(['a', 'b'], 'x', 'y', items([1, 1, 6]), items([11, 10]));
  const counts = chart.marks.map((mark) => (mark.type === 'bar' ? mark.counts : []));
  assert.deepEqual(counts, [
    [2, 0, 0, 0, 0, 1, 0, 0, 0, 0],
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 2],
  ]);
});
