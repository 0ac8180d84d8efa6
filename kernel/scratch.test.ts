import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sweepScratch } from './scratch.js';

test('the sweep takes what dead kernels left, and survives a folder that is gone', () => {
  const before = process.env['TMPDIR'];
  const root = mkdtempSync(join(tmpdir(), 'sweep-'));
  process.env['TMPDIR'] = root;
  try {
    // No process has the largest number that Linux can give, or one like it elsewhere.
    for (const name of ['d2l-ts-4194304-dead', `d2l-ts-${process.pid}-alive`, 'd2l-ts-notes', 'else'])
      mkdirSync(join(root, name));
    sweepScratch();
    assert.deepEqual(readdirSync(root).sort(), [`d2l-ts-${process.pid}-alive`, 'd2l-ts-notes', 'else']);
    rmSync(root, { recursive: true });
    sweepScratch();
    assert.equal(existsSync(root), false);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
});
