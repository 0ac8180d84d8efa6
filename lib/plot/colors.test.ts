/** @file Colours for readers who print in grey or see fewer of them, computed from the palettes themselves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COLORS, cssColor, STYLES } from './chart.js';
import { inkOn } from './colored-text.js';
import { heatColor, light, luminance } from './colormap.js';

/** What is left of a colour; the matrices for whole dichromacy are those of Machado et al. (2009). */
const EYES: Record<string, readonly (readonly number[])[]> = {
  full: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  grey: [
    [0.2126, 0.7152, 0.0722],
    [0.2126, 0.7152, 0.0722],
    [0.2126, 0.7152, 0.0722],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return matrix.map((row) => row.reduce((sum, factor, i) => sum + factor * (vector[i] ?? 0), 0));
}

/** CIE L*a*b* of what an eye sees of a colour; 2 units are just visible side by side. */
function seen(hex: string, eye: string): number[] {
  const rest = times(EYES[eye] ?? [], light(hex)).map((c) => Math.min(1, Math.max(0, c)));
  const xyz = times(
    [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ],
    rest,
  );
  const [x = 0, y = 0, z = 0] = [0.9505, 1, 1.089].map((white, i) => {
    const t = (xyz[i] ?? 0) / white;
    return t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116;
  });
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function distance(a: string, b: string, eye: string): number {
  const [first, second] = [seen(a, eye), seen(b, eye)];
  return Math.hypot(...first.map((value, i) => value - (second[i] ?? 0)));
}

function contrast(a: string, b: string): number {
  const [dark = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (bright + 0.05) / (dark + 0.05);
}

test('training and validation differ by colour alone for every eye and in grey', () => {
  const [train = '', val = ''] = COLORS.map(cssColor);
  for (const eye of Object.keys(EYES)) {
    assert.ok(distance(train, val, eye) > 15, `${eye}: ${distance(train, val, eye).toFixed(1)}`);
  }
});

test('of up to twenty curves no two have both colour and style in common, and four differ in style', () => {
  const looks = Array.from(
    { length: 20 },
    (_, i) => `${COLORS[i % COLORS.length]}${STYLES[i % STYLES.length]}`,
  );
  assert.equal(new Set(looks).size, 20);
  assert.equal(new Set(STYLES).size, 4);
});

test('the first four curves stand out from the light page and the dark one', () => {
  for (const color of COLORS.slice(0, 4).map(cssColor)) {
    for (const page of ['#ffffff', '#111111']) assert.ok(contrast(color, page) > 2.5, `${color} on ${page}`);
  }
});

test('a heat map darkens step by step for every eye and in grey', () => {
  for (const eye of Object.keys(EYES)) {
    const lightness = Array.from({ length: 11 }, (_, i) => seen(heatColor(i / 10, [0, 1]), eye)[0] ?? 0);
    lightness.slice(1).forEach((value, i) => {
      assert.ok((lightness[i] ?? 0) - value > 2, `${eye}: ${lightness.map((l) => l.toFixed(0)).join(', ')}`);
    });
  }
});

test('text on any colour of the heat map can be read', () => {
  for (let i = 0; i <= 100; i++) {
    const ground = heatColor(i / 100, [0, 1]);
    assert.ok(contrast(inkOn(ground) === '#fff' ? '#ffffff' : '#000000', ground) >= 4.5, ground);
  }
});
