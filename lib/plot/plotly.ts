/** @file Draws a chart as plotly.js JSON, with the margins and ranges of the SVG, so that one can replace the other in place. */
import {
  domain,
  layout,
  legendLabel,
  round,
  type Axis,
  turnsNames,
  type Chart,
  type LineStyle,
  type Mark,
} from './chart.js';
import { HEAT_STOPS } from './colormap.js';

const DASHES: Record<LineStyle, string> = { '-': 'solid', '--': 'dash', '-.': 'dashdot', ':': 'dot' };

/** A JSON object as plotly.js takes it. */
export type Json = Record<string, unknown>;

/** The arguments of `Plotly.react`. */
export interface PlotlyFigure {
  data: Json[];
  layout: Json;
  config: Json;
}

/** The chart as data, layout and config for `Plotly.react`. */
export function renderPlotly(chart: Chart): PlotlyFigure {
  return { data: chart.marks.map(trace), layout: plotlyLayout(chart), config: { displaylogo: false } };
}

function trace(mark: Mark): Json {
  if (mark.type === 'bar') return barTrace(mark);
  if (mark.type === 'heat') return heatTrace(mark);
  return {
    type: 'scatter',
    // a line through one point has no ink
    mode: mark.x.length === 1 ? 'markers' : 'lines',
    name: escapeHtml(legendLabel(mark)),
    x: mark.x.map((value) => round(value, 6)),
    y: mark.y.map(finite),
    line: { color: mark.color, dash: DASHES[mark.style], width: 2 },
    marker: { color: mark.color },
    hovertemplate: `${escapeHtml(mark.label)} %{y:.4~g}<extra></extra>`,
  };
}

/** JSON has no NaN; plotly draws a gap for null. */
function finite(value: number): number | null {
  return Number.isFinite(value) ? round(value) : null;
}

/** plotly reads names as a small HTML: a token such as `<unk>` would vanish. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c);
}

function barTrace(mark: Mark & { type: 'bar' }): Json {
  const widths = mark.counts.map((_, i) => (mark.edges[i + 1] ?? 0) - (mark.edges[i] ?? 0));
  return {
    type: 'bar',
    name: escapeHtml(mark.label),
    x: widths.map((width, i) => round((mark.edges[i] ?? 0) + (width * (mark.from + mark.to)) / 2, 6)),
    width: widths.map((width) => round(width * (mark.to - mark.from), 6)),
    y: [...mark.counts],
    customdata: widths.map((width, i) => [round(mark.edges[i] ?? 0), round((mark.edges[i] ?? 0) + width)]),
    marker: {
      color: mark.color,
      pattern: { shape: mark.hatch ? '/' : '', bgcolor: mark.color, fgcolor: '#fff', size: 6 },
    },
    hovertemplate: `${escapeHtml(mark.label)} %{customdata[0]}–%{customdata[1]}: %{y}<extra></extra>`,
  };
}

function heatTrace(mark: Mark & { type: 'heat' }): Json {
  return {
    type: 'heatmap',
    name: escapeHtml(mark.label),
    z: mark.z.map((row) => row.map(finite)),
    colorscale: HEAT_STOPS.map((color, i) => [i / (HEAT_STOPS.length - 1), color]),
    colorbar: { thickness: 12, outlinewidth: 0, x: 1.02 },
    hovertemplate: '%{y} → %{x}: %{z:.4~g}<extra></extra>',
  };
}

function plotlyLayout(chart: Chart): Json {
  const space = layout(chart);
  return {
    width: chart.width,
    height: chart.height,
    margin: { l: space.left, r: space.right, t: space.top, b: space.bottom, pad: 0 },
    paper_bgcolor: '#fff',
    plot_bgcolor: '#fff',
    font: { size: 12, color: '#333' },
    ...(chart.title === undefined
      ? {}
      : {
          title: {
            text: escapeHtml(chart.title),
            font: { size: 13 },
            y: 1,
            yref: 'container',
            yanchor: 'top',
            pad: { t: 8 },
          },
        }),
    xaxis: plotlyAxis(chart, 'x'),
    yaxis: plotlyAxis(chart, 'y'),
    barmode: 'overlay',
    hovermode: chart.marks.some((mark) => mark.type === 'line') ? 'x' : 'closest',
    showlegend: space.rows.length > 0,
    legend: { orientation: 'h', x: 0, xanchor: 'left', y: 1, yanchor: 'bottom', bgcolor: 'rgba(0,0,0,0)' },
    modebar: { orientation: 'v', remove: ['select2d', 'lasso2d', 'autoScale2d'] },
    // keeps the reader's zoom while new points arrive
    uirevision: 'keep',
  };
}

function plotlyAxis(chart: Chart, name: 'x' | 'y'): Json {
  const axis: Axis = chart[name];
  const heat = chart.marks.some((mark) => mark.type === 'heat');
  const [from, to] = domain(chart, name).map((value) =>
    axis.scale === 'log' ? Math.log10(value) : value,
  ) as [number, number];
  return {
    type: axis.scale ?? 'linear',
    range: (heat && name === 'y' ? [to, from] : [from, to]).map((value) => round(value, 6)),
    ...(axis.label === undefined
      ? {}
      : { title: { text: escapeHtml(axis.label), standoff: 8, font: { size: 12 } } }),
    ...(axis.categories === undefined ? {} : categoryTicks(axis.categories, name)),
    showgrid: !heat,
    gridcolor: '#e6e6e6',
    linecolor: '#888',
    tickcolor: '#888',
    ticks: 'outside',
    ticklen: 4,
    zeroline: false,
    showline: true,
    nticks: 8,
    exponentformat: 'power', // plotly's own way writes 0.0001 as 100µ
  };
}

function categoryTicks(names: readonly string[], name: 'x' | 'y'): Json {
  const labels = names.map(escapeHtml);
  const angle = name === 'x' ? { tickangle: turnsNames(names) ? -90 : 0 } : {};
  return { tickvals: names.map((_, i) => i), ticktext: labels, ...angle };
}
