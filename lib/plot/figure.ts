/** @file One figure in every form a front end may want, and the door by which a notebook shows it. */
import { round, type Chart, type LineMark, type Mark } from './chart.js';
import { renderText } from './describe.js';
import { Display, findSink, type MimeBundle } from './display.js';
import { renderPlotly } from './plotly.js';
import { renderSvg } from './svg.js';

/** Our live plots: `{ data, layout, config }` for `Plotly.react`, drawn in place by the JupyterLab extension. */
export const PLOT_MIME = 'application/vnd.d2l.plot+json';
/** plotly's own type, which VS Code and others draw, but do not update in place. */
export const PLOTLY_MIME = 'application/vnd.plotly.v1+json';

/** Points of a curve that a figure keeps at most: more than its pixels, few enough for a small notebook. */
const MAX_POINTS = 800;

/**
 * The chart in all its forms: our plot, an SVG twin, text; the last frame of a live plot adds plotly's own type.
 * @param final whether this is the last frame; updates of plotly's type would be ignored by its renderer
 */
export function bundle(chart: Chart, { final = true }: { final?: boolean } = {}): MimeBundle {
  const drawn: Chart = { ...chart, marks: chart.marks.map(thinned) };
  const plot = renderPlotly(drawn);
  return {
    [PLOT_MIME]: plot,
    ...(final ? { [PLOTLY_MIME]: plot } : {}),
    'image/svg+xml': renderSvg(drawn),
    'text/plain': renderText(chart),
  };
}

/** A long curve drawn from the lowest and highest point of each stretch: the same ink, fewer points. */
function thinned(mark: Mark): Mark {
  return mark.type === 'line' && mark.x.length > MAX_POINTS ? thin(mark) : mark;
}

function thin(mark: LineMark): LineMark {
  const stretches = MAX_POINTS / 2;
  const keep = new Set([0, mark.x.length - 1]);
  for (let i = 0; i < stretches; i++) {
    const from = Math.floor((i * mark.x.length) / stretches);
    const to = Math.floor(((i + 1) * mark.x.length) / stretches);
    let [low, high] = [from, from];
    for (let j = from; j < to; j++) {
      if ((mark.y[j] ?? NaN) < (mark.y[low] ?? NaN)) low = j;
      if ((mark.y[j] ?? NaN) > (mark.y[high] ?? NaN)) high = j;
    }
    keep.add(low).add(high);
  }
  const at = [...keep].sort((a, b) => a - b);
  return { ...mark, x: at.map((i) => round(mark.x[i] ?? NaN, 6)), y: at.map((i) => mark.y[i] ?? NaN) };
}

/** A finished figure: the value of a cell shows it, and so does `show()`. */
export class Figure {
  /** @param chart what to draw */
  constructor(readonly chart: Chart) {}

  /** The figure in all its MIME types. */
  toBundle(): MimeBundle {
    return bundle(this.chart);
  }

  /** The figure as an SVG document. */
  toSvg(): string {
    return renderSvg(this.chart);
  }

  /** What Deno, and kernels that follow it, ask a value for when it ends a cell. */
  [Symbol.for('Jupyter.display')](): MimeBundle {
    return this.toBundle();
  }

  /** Shows the figure now, in the cell's output or as text in a terminal. */
  show(): void {
    const sink = findSink();
    if (sink === undefined) console.log(renderText(this.chart));
    else new Display(sink).show(this.toBundle());
  }
}
