/** @file Text on a ground that tells a number for each token, for example how sure a language model was of it. */
import { formatNumber } from './chart.js';
import { heatColor, heatRange, luminance } from './colormap.js';
import { Display, findSink, type MimeBundle } from './display.js';
import { toArray, type Numbers } from './numbers.js';
import { escape } from './svg-marks.js';

/** How coloured text looks. */
export interface ColoredTextOptions {
  /** What the numbers are, shown with the scale; `'value'` by default. */
  name?: string;
  /** The values of the lightest and the darkest colour; by default the smallest and largest number. */
  range?: readonly [number, number];
}

/**
 * Shows tokens one after the other, each on a ground coloured by its number; the mouse shows the number.
 * @param tokens characters or words, in order
 * @param values one number for each token
 * @throws Error when there are not as many values as tokens
 * @example
 * showColoredText([...'time'], [0.1, 0.6, 0.9, 0.8], { name: 'probability', range: [0, 1] });
 */
export function showColoredText(
  tokens: readonly string[],
  values: Numbers,
  options: ColoredTextOptions = {},
): void {
  const text = new ColoredText(tokens, values, options);
  const sink = findSink();
  if (sink === undefined) console.log(text.toString());
  else new Display(sink).show(text.toBundle());
}

/** What `showColoredText` shows, as a value: a cell that ends with it shows it. */
export class ColoredText {
  readonly #values: number[];
  readonly #range: readonly [number, number];
  readonly #name: string;

  /** @throws naming both numbers, when there is not one value for each token. */
  constructor(
    readonly tokens: readonly string[],
    values: Numbers,
    { name = 'value', range }: ColoredTextOptions = {},
  ) {
    this.#values = toArray(values);
    this.#name = name;
    this.#range = range ?? heatRange([this.#values]);
    if (this.#values.length !== tokens.length) {
      throw new Error(
        `${this.#values.length} values for ${tokens.length} tokens: give one value for each token`,
      );
    }
  }

  /** The text as HTML and as plain text. */
  toBundle(): MimeBundle {
    return { 'text/html': this.#html(), 'text/plain': this.toString() };
  }

  /** What Deno, and kernels that follow it, ask a value for when it ends a cell. */
  [Symbol.for('Jupyter.display')](): MimeBundle {
    return this.toBundle();
  }

  /** The tokens with their numbers, for terminals and screen readers. */
  toString(): string {
    const tokens = this.tokens.map(
      (token, i) => `${JSON.stringify(token)} ${formatNumber(this.#values[i] ?? NaN)}`,
    );
    return `${this.#name}: ${tokens.join(', ')}`;
  }

  #html(): string {
    const spans = this.tokens.map((token, i) => this.#span(token, this.#values[i] ?? NaN)).join('');
    const [low, high] = this.#range;
    const scale = [low, (low + high) / 2, high]
      .map((value) => this.#span(formatNumber(value), value))
      .join(' ');
    return `<div style="font-family: monospace; white-space: pre-wrap; line-height: 1.7">${spans}</div><div style="margin-top: 4px">${escape(this.#name)} ${scale}</div>`;
  }

  #span(text: string, value: number): string {
    const ground = heatColor(value, this.#range);
    const style = `background-color: ${ground}; color: ${inkOn(ground)}; padding: 1px`;
    return `<span style="${style}" title="${formatNumber(value)}">${escape(text)}</span>`;
  }
}

/** Black or white, whichever stands out more from the ground. */
export function inkOn(ground: string): string {
  return luminance(ground) < 0.179 ? '#fff' : '#000';
}
