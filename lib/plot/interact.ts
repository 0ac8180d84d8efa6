/** @file A cell's result that follows controls, as `ipywidgets.interact` does it in Python. */
import {
  controlsBundle,
  row,
  take,
  type Choice,
  type Control,
  type ControlValue,
  type Row,
} from './controls.js';
import { Display, findSink, type MimeBundle } from './display.js';
import { Figure } from './figure.js';

/** The controls of one `interact`, by name. */
export type Controls = Readonly<Record<string, Control>>;

/** The values of controls, by the same names. */
export type Values<C extends Controls> = { -readonly [Name in keyof C]: ControlValue<C[Name]> };

/** What a kernel needs to keep controls alive after their cell. */
interface PanelSource {
  /** The controls as they stand. */
  bundle(): MimeBundle;
  /** Takes new values from the reader. */
  set(values: Readonly<Record<string, unknown>>): void;
  /** Computes what is shown below. */
  run(): unknown;
}

/** What a kernel offers under `globalThis[Symbol.for('d2l-ts.panel')]`: it shows controls and runs on each change. */
interface PanelSink {
  open(source: PanelSource): void;
}

/**
 * Shows controls, and below them whatever a function of their values prints, shows or returns; a new value runs it
 * again, in place. While it runs only the newest values are kept. A pair or triple of numbers is a slider, a boolean
 * a box to tick, a string a line of text, a list of strings a choice. Where there are no controls, in a terminal or
 * another kernel, the function runs once.
 * @param controls what the reader can turn, by name
 * @param show what to do with the values; an error is shown in place of the result
 * @throws Error when a control makes no sense, and what the first run of `show` throws
 * @example
 * interact({ temperature: [0.1, 2, 0.1] }, ({ temperature }) => model.sample('time', 60, vocab, temperature));
 */
export function interact<const C extends Controls>(controls: C, show: (values: Values<C>) => unknown): void {
  const rows = Object.entries(controls).map(([name, control]) => row(name, control));
  const source: PanelSource = {
    bundle: () => controlsBundle(rows),
    set: (values) => rows.filter((one) => one.name in values).forEach((one) => take(one, values[one.name])),
    run: () => show(Object.fromEntries(rows.map((one) => [one.name, valueOf(one, controls)])) as Values<C>),
  };
  const sink = findPanelSink();
  if (sink === undefined) once(source);
  else sink.open(source);
}

function findPanelSink(): PanelSink | undefined {
  const found = (globalThis as Record<PropertyKey, unknown>)[Symbol.for('d2l-ts.panel')];
  return typeof found === 'object' && found !== null && 'open' in found ? (found as PanelSink) : undefined;
}

function valueOf(one: Row, controls: Controls): unknown {
  if (one.kind !== 'choice') return one.value;
  const control = controls[one.name] as Choice | readonly string[];
  return ('options' in control ? control.options : control)[one.value];
}

let told = false;

/** The result for the values that the controls begin with. */
function once(source: PanelSource): void {
  if (!told)
    console.log('interact: nothing can be turned here; sliders need the kernel of d2l-ts in JupyterLab');
  told = true;
  console.log(String(source.bundle()['text/plain']));
  const value = source.run();
  if (value instanceof Promise) void value.then(present);
  else present(value);
}

function present(value: unknown): void {
  const sink = findSink();
  const own = (value as Record<PropertyKey, unknown> | null | undefined)?.[Symbol.for('Jupyter.display')];
  if (value === undefined) return;
  if (value instanceof Figure) value.show();
  else if (typeof own === 'function' && sink !== undefined)
    new Display(sink).show(own.call(value) as MimeBundle);
  else console.log(value);
}
