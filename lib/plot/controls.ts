/** @file What a reader can turn while a cell's result follows: sliders, boxes, lists, text, buttons. */
import { round } from './chart.js';
import type { MimeBundle } from './display.js';
import { escape } from './svg-marks.js';

/** Our controls: `{ controls }`, drawn by the JupyterLab extension; a kernel adds what links them to itself. */
export const CONTROLS_MIME = 'application/vnd.d2l.controls+json';

/** A number between two bounds; without a step the range has a hundred, without a value it begins in the middle. */
export type Slider =
  | readonly [min: number, max: number, step?: number]
  | { readonly min: number; readonly max: number; readonly step?: number; readonly value?: number };

/** One of a list; the first at the beginning unless `value` says another. */
export interface Choice<T extends string | number = string | number> {
  readonly options: readonly T[];
  readonly value?: T;
}

/** A button with this text; its value counts how often it was pressed. */
export interface Button {
  readonly button: string;
}

/**
 * What `interact` makes of a value: two or three numbers are a slider, a boolean is a box to tick, a string is a
 * line of text, a list of strings is a choice.
 */
export type Control = Slider | boolean | string | readonly string[] | Choice | Button;

/** What a function gets for a control. */
export type ControlValue<C> = C extends boolean
  ? boolean
  : C extends string
    ? string
    : C extends { readonly options: readonly (infer T)[] }
      ? T
      : C extends readonly (infer T extends string)[]
        ? T
        : number;

/** A control as the front end draws it; for a choice `value` is a place in `options`. */
export type Row = { readonly name: string } & (
  | {
      readonly kind: 'slider';
      readonly min: number;
      readonly max: number;
      readonly step: number;
      value: number;
    }
  | { readonly kind: 'box'; value: boolean }
  | { readonly kind: 'text'; value: string }
  | { readonly kind: 'choice'; readonly options: readonly string[]; value: number }
  | { readonly kind: 'button'; readonly label: string; value: number }
);

/** The row for a control. @throws Error when its bounds or its options make no sense */
export function row(name: string, control: Control): Row {
  if (typeof control === 'boolean') return { name, kind: 'box', value: control };
  if (typeof control === 'string') return { name, kind: 'text', value: control };
  if ('button' in control) return { name, kind: 'button', label: control.button, value: 0 };
  if ('options' in control) return choice(name, control);
  if ('min' in control) return slider(name, control);
  const [first] = control;
  if (typeof first !== 'number') return choice(name, { options: control as readonly string[] });
  const [min, max, step] = control as readonly [number, number, number?];
  return slider(name, { min, max, ...(step === undefined ? {} : { step }) });
}

function choice(name: string, { options, value }: Choice): Row {
  const at = value === undefined ? 0 : options.indexOf(value);
  if (options.length === 0 || at < 0) {
    throw new Error(
      options.length === 0
        ? `${name} has no options: give at least one`
        : `${name} begins with ${value}, which is none of ${options.join(', ')}: choose one of them`,
    );
  }
  return { name, kind: 'choice', options: options.map(String), value: at };
}

function slider(name: string, given: { min: number; max: number; step?: number; value?: number }): Row {
  const { min, max, step = round((max - min) / 100, 1) } = given;
  if (!(min < max && step > 0)) {
    throw new Error(
      `${name} goes from ${min} to ${max} in steps of ${step}: give [smallest, largest, step] with a step above 0`,
    );
  }
  const middle = min + Math.round((max - min) / 2 / step) * step;
  return { name, kind: 'slider', min, max, step, value: within(given.value ?? middle, min, max) };
}

/** No digits that only come from adding tenths. */
function within(value: number, min: number, max: number): number {
  return round(Math.min(max, Math.max(min, value)), 10);
}

/** Takes a value from the front end; one that does not fit the control is left aside. */
export function take(into: Row, value: unknown): void {
  if (into.kind === 'box') into.value = value === true;
  else if (into.kind === 'text') into.value = typeof value === 'string' ? value : into.value;
  else if (typeof value !== 'number' || !Number.isFinite(value)) return;
  else if (into.kind === 'slider') into.value = within(value, into.min, into.max);
  else if (into.kind === 'button') into.value = value;
  else if (into.options[value] !== undefined) into.value = value;
}

/** The controls as they stand, for a front end that draws them and for one that cannot. */
export function controlsBundle(rows: readonly Row[]): MimeBundle {
  const states = rows.filter((one) => one.kind !== 'button').map((one) => [one.name, state(one)] as const);
  return {
    [CONTROLS_MIME]: { controls: rows },
    'text/html': states.map(([name, now]) => `<p>${escape(name)} = <b>${escape(now)}</b></p>`).join(''),
    'text/plain': states.map(([name, now]) => `${name} = ${now}`).join(', '),
  };
}

function state(one: Row): string {
  if (one.kind === 'choice') return one.options[one.value] ?? '';
  return one.kind === 'text' ? JSON.stringify(one.value) : String(one.value);
}
