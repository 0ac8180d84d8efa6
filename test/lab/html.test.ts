/** @file The notebook as an HTML page without a network: what a reader on a train sees. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { install } from '../../kernel/install.js';
import { launchChromium, skipWithoutChromium } from './chromium.js';
import { ROOT } from './project.js';

const CELL = `import * as d2l from 'd2l-ts';
const board = new d2l.ProgressBoard({ xlabel: 'epoch', xlim: [0, 3] });
for (let epoch = 0; epoch < 3; epoch++) {
  board.draw(epoch + 0.5, 3 - epoch, 'train_loss');
  board.draw(epoch + 1, 3.5 - epoch, 'val_loss');
}
board.finish();
d2l.plot([0, 1, 2], [0, 1, 4], { xlabel: 'x' });`;

function notebook(): string {
  const cell = { id: 'a', cell_type: 'code', metadata: {}, execution_count: null, source: CELL, outputs: [] };
  const kernelspec = { name: 'd2l-ts', display_name: 'TypeScript', language: 'typescript' };
  return JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec }, cells: [cell] });
}

/** Executes the notebook and writes it as nbconvert's own HTML. */
async function convert(folder: string): Promise<string> {
  install({ kind: 'prefix', folder });
  writeFileSync(join(folder, 'page.ipynb'), notebook());
  const env = { ...process.env, JUPYTER_PATH: join(folder, 'share/jupyter') };
  const options = ['nbconvert', '--to', 'html', '--execute', join(folder, 'page.ipynb')];
  await promisify(execFile)(join(ROOT, '.venv/bin/jupyter'), options, { env, timeout: 120_000 });
  return join(folder, 'page.html');
}

void describe('the HTML page of nbconvert', { skip: skipWithoutChromium() }, () => {
  void test('shows every figure with the network gone and no script run', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'd2l-html-'));
    const browser = await launchChromium();
    try {
      const html = await convert(folder);
      const context = await browser.newContext({ offline: true, javaScriptEnabled: false });
      const page = await context.newPage();
      await page.goto(`file://${html}`);
      const pictures = page.locator('.jp-RenderedSVG img, .jp-RenderedSVG svg');
      assert.equal(await pictures.count(), 2);
      for (let i = 0; i < 2; i++) {
        const box = await pictures.nth(i).boundingBox();
        assert.deepEqual(
          [box?.width, box?.height].map((side) => Math.round(side ?? 0)),
          [420, 300],
        );
      }
      await page.screenshot({ path: join(ROOT, 'artifacts/html-offline.png') });
    } finally {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
