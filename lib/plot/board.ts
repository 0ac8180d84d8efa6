/** @file The curve that grows while a model trains (d2l section 3.2, `d2l.ProgressBoard`). */
import { inPixels, usualFigsize } from './figsize.js';
import { COLORS, cssColor, formatNumber, STYLES, type Chart, type LineStyle, type Scale } from './chart.js';
import { Display, findSink, type DisplaySink } from './display.js';
import { bundle } from './figure.js';
import { Throttle, type Clock } from './throttle.js';

/** Milliseconds after which progress is drawn although there is no new point. */
const TELL_AGAIN = 2000;

/** A point of a curve. */
export interface Point {
  x: number;
  y: number;
}

/** Where training stands: the whole step of x under way, and that in words. */
interface Progress {
  step: number;
  text: string;
}

/** How a board looks; every part can also be set on the board later. */
export interface ProgressBoardOptions {
  xlabel?: string;
  ylabel?: string;
  /** Range of x, else all points. */
  xlim?: readonly [number, number];
  ylim?: readonly [number, number];
  xscale?: Scale;
  yscale?: Scale;
  /** Line styles of the first, second, … label; used again from the start when they run out. */
  ls?: readonly LineStyle[];
  /** Colours of the first, second, … label: `C0`…`C9` or CSS. */
  colors?: readonly string[];
  /** Width and height in inches, of 120 CSS pixels each. */
  figsize?: readonly [number, number];
  /** false keeps the points and draws nothing. */
  display?: boolean;
}

/**
 * Draws curves while they are computed, in one output that is updated in place (d2l section 3.2).
 *
 * @example
 * const board = new ProgressBoard({ xlabel: 'x' });
 * for (let x = 0; x < 10; x += 0.1) board.draw(x, Math.sin(x), 'sin', 2);
 */
export class ProgressBoard {
  xlabel: string | undefined;
  ylabel: string | undefined;
  xlim: readonly [number, number] | undefined;
  ylim: readonly [number, number] | undefined;
  xscale: Scale;
  yscale: Scale;
  ls: readonly LineStyle[];
  colors: readonly string[];
  figsize: readonly [number, number];
  display: boolean;
  /** The points drawn so far, by label, in the order of their first point. */
  readonly data = new Map<string, Point[]>();

  readonly #waiting = new Map<string, Point[]>();
  readonly #throttle: Throttle;
  #output: Display | TextLog | undefined;
  #finished = false;
  #promised = false;
  #progress: Progress | undefined;
  #told = -Infinity;
  readonly #now: () => number;

  /** @param options how the board looks @param clock for tests: the time that limits redraws */
  constructor(options: ProgressBoardOptions = {}, clock?: Clock) {
    this.xlabel = options.xlabel;
    this.ylabel = options.ylabel;
    this.xlim = options.xlim;
    this.ylim = options.ylim;
    this.xscale = options.xscale ?? 'linear';
    this.yscale = options.yscale ?? 'linear';
    this.ls = options.ls ?? STYLES;
    this.colors = options.colors ?? COLORS;
    this.figsize = options.figsize ?? usualFigsize();
    this.display = options.display ?? true;
    this.#now = () => (clock ?? performance).now();
    this.#throttle = new Throttle(() => this.#redraw(), clock === undefined ? {} : { clock });
  }

  /**
   * Adds a point to the curve named `label`; of each `everyN` points the mean is drawn as one.
   * After `finish` the first point begins a new figure.
   * @param everyN points to average, at least 1: a fraction is rounded down, 0 counts as 1
   */
  draw(x: number, y: number, label: string, everyN = 1): void {
    if (this.#finished) this.#clear();
    const waiting = this.#waiting.get(label) ?? [];
    this.#waiting.set(label, waiting);
    waiting.push({ x, y });
    if (!this.data.has(label)) this.data.set(label, []);
    if (waiting.length < Math.max(1, Math.floor(everyN) || 1)) return;
    this.data.get(label)?.push({ x: mean(waiting, 'x'), y: mean(waiting, 'y') });
    waiting.length = 0;
    if (!this.display) return;
    this.#output ??= this.#open(findSink());
    if (this.#output instanceof TextLog) this.#output.update(this.data, this.xlabel, this.#progress);
    else this.#redrawSoon(this.#output);
  }

  /**
   * Says beside the label of x where training stands, until `finish`. It is drawn with the next point, and at least
   * every other second.
   * @param step the whole step of x under way @param text `3 of 10, 20 s left`
   */
  showProgress(step: number, text: string): void {
    if (this.#finished) return;
    this.#progress = { step, text };
    const now = this.#now();
    if (now - this.#told < TELL_AGAIN || !(this.#output instanceof Display)) return;
    this.#told = now;
    this.#redrawSoon(this.#output);
  }

  /** Draws the last frame, which stays in the saved notebook; call it after training, also when that failed. */
  finish(): void {
    if (this.#finished) return;
    this.#throttle.reset();
    this.#finished = true;
    this.#progress = undefined;
    if (this.#output instanceof Display) this.#output.show(bundle(this.chart, { final: true }));
    else this.#output?.end();
    this.#output = undefined;
  }

  /** The figure as it stands. */
  get chart(): Chart {
    return {
      ...inPixels(this.figsize),
      x: {
        label: this.#progress === undefined ? this.xlabel : `${this.xlabel ?? 'x'} ${this.#progress.text}`,
        lim: this.xlim,
        scale: this.xscale,
      },
      y: { label: this.ylabel, lim: this.ylim, scale: this.yscale },
      marks: [...this.data].map(([label, points], i) => ({
        type: 'line' as const,
        label,
        x: points.map((point) => point.x),
        y: points.map((point) => point.y),
        color: cssColor(this.colors[i % this.colors.length] ?? 'C0'),
        style: this.ls[i % this.ls.length] ?? '-',
        last: true,
      })),
    };
  }

  #open(sink: DisplaySink | undefined): Display | TextLog {
    return sink === undefined ? new TextLog() : new Display(sink);
  }

  /** Redraws when it is due, and at the latest when the cell ends: a plain loop leaves no turn for a timer. */
  #redrawSoon({ sink }: Display): void {
    this.#throttle.request();
    if (!this.#throttle.pending || this.#promised) return;
    this.#promised = true;
    sink.beforeIdle?.(() => {
      this.#promised = false;
      this.#throttle.flush();
    });
  }

  #redraw(): void {
    if (this.#output instanceof Display) this.#output.show(bundle(this.chart, { final: false }));
  }

  #clear(): void {
    this.data.clear();
    this.#waiting.clear();
    this.#finished = false;
  }
}

function mean(points: readonly Point[], name: 'x' | 'y'): number {
  return points.reduce((sum, point) => sum + point[name], 0) / points.length;
}

/** A board without a notebook: a line of text for each whole step of x, such as an epoch. */
class TextLog {
  #step: number | undefined;
  #line = '';

  update(data: ReadonlyMap<string, readonly Point[]>, xlabel = 'x', progress?: Progress): void {
    const newest = Math.max(...[...data.values()].map((points) => points.at(-1)?.x ?? -Infinity));
    const step = progress?.step ?? Math.ceil(newest);
    if (this.#step !== undefined && step > this.#step) this.end();
    this.#step = step;
    const values = [...data].flatMap(([label, points]) => {
      const last = points.at(-1);
      return last === undefined ? [] : [`${label} ${formatNumber(last.y)}`];
    });
    this.#line = `${xlabel} ${progress?.text ?? step}: ${values.join(', ')}`;
  }

  end(): void {
    if (this.#line !== '') console.log(this.#line);
    this.#line = '';
  }
}
