import assert from 'node:assert/strict';
import { test } from 'node:test';
import { murmur2 } from './murmur.js';

void test('the hash is the one that JupyterLab computes', () => {
  // The values of JupyterLab's own implementation, for texts of every remainder modulo 4.
  const known: [string, number, number][] = [
    ['', 0, 0],
    ['a', 0, 2456313694],
    ['ab', 7, 3463498940],
    ['abc', 7, 957085255],
    ['abcd', 42, 2000215727],
    ['const x: number = 1;\nx + 1', 0, 2522358475],
    ['π ≈ 3.14159 — ünïcödé', 3406148588, 3086275447],
  ];
  for (const [text, seed, hash] of known) assert.equal(murmur2(text, seed), hash, JSON.stringify(text));
});
