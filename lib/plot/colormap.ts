/** @file Colours for numbers: matplotlib's `Reds`, which d2l uses for attention; it darkens evenly, so grey print reads the same. */

/** The scale's colours from low to high, evenly spaced. */
export const HEAT_STOPS: readonly string[] = [
  '#fff5f0',
  '#fee0d2',
  '#fcbba1',
  '#fc9272',
  '#fb6a4a',
  '#ef3b2c',
  '#cb181d',
  '#a50f15',
  '#67000d',
];

/** The smallest and largest finite number of a matrix; [0, 1] if it has none. */
export function heatRange(z: readonly (readonly number[])[]): [number, number] {
  const values = z.flat().filter(Number.isFinite);
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return values.length === 0 ? [0, 1] : [low, high];
}

/** The CSS colour of a value in a range; grey for one that is not finite. */
export function heatColor(value: number, [low, high]: readonly [number, number]): string {
  if (!Number.isFinite(value)) return '#bbbbbb';
  const share = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
  const place = share * (HEAT_STOPS.length - 1);
  const below = Math.min(Math.floor(place), HEAT_STOPS.length - 2);
  const [from, to] = [channels(below), channels(below + 1)];
  const mixed = from.map((c, i) => Math.round(c + ((to[i] ?? c) - c) * (place - below)));
  return `#${mixed.map((c) => c.toString(16).padStart(2, '0')).join('')}`;
}

function channels(stop: number): number[] {
  return rgb(HEAT_STOPS[stop] ?? '#000000');
}

function rgb(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** Red, green and blue light of a colour `#rrggbb`, 0 to 1 each, as amounts that can be added (sRGB undone). */
export function light(hex: string): number[] {
  return rgb(hex).map((c) => (c <= 10 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
}

/** How bright a colour is, 0 to 1 (WCAG's relative luminance). */
export function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = light(hex);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
