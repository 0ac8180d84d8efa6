/** @file Controls in JupyterLab: a slider turns a text and a plot in place, through Stop, restart and a page loaded again. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { skipWithoutChromium } from './chromium.js';
import { Lab } from './lab.js';
import type { NotebookPage } from './notebook-page.js';

const CELL = `import * as d2l from 'd2l-ts';
d2l.interact({ temperature: { min: 0.1, max: 2, step: 0.1, value: 1 }, log: false }, ({ temperature, log }) => {
  if (temperature > 1.9) throw new RangeError('too hot');
  const x = [0, 1, 2, 3];
  d2l.plot(x, x.map((v) => Math.exp(-v / temperature)), { yscale: log ? 'log' : 'linear', legend: ['share'] });
  return 'at ' + temperature;
});`;

function control(notebook: NotebookPage, name: string): Locator {
  return notebook.page.locator(`.d2l-Controls [data-control="${name}"]`);
}

/** Moves a slider as a mouse does: an event for each value on the way. */
async function slide(notebook: NotebookPage, ...values: number[]): Promise<void> {
  await control(notebook, 'temperature').evaluate((input, steps) => {
    for (const value of steps) {
      (input as unknown as { value: string }).value = String(value);
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
  }, values);
}

async function shows(notebook: NotebookPage, text: string): Promise<void> {
  await notebook.output(0).filter({ hasText: text }).waitFor({ timeout: 30_000 });
}

void describe('controls in JupyterLab', { skip: skipWithoutChromium() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start();
  });
  after(() => lab.stop());

  void test('a slider changes the text and the plot below it, in place; the newest value wins', async () => {
    const notebook = await lab.openCells([CELL, 'for (;;);', '1 + 1']);
    await notebook.run(0);
    await shows(notebook, 'at 1');
    await control(notebook, 'temperature').and(notebook.page.locator(':enabled')).waitFor();
    await notebook.page.waitForSelector('.d2l-Plot .js-line');
    await notebook.page.evaluate(`window.plot = document.querySelector('.d2l-Plot .main-svg'), undefined`);
    await slide(notebook, ...Array.from({ length: 30 }, (_, i) => 0.1 + (i % 15) / 10), 0.3);
    await shows(notebook, 'at 0.3');
    await notebook.idle();
    assert.equal(await control(notebook, 'temperature').inputValue(), '0.3');
    assert.equal(await notebook.page.locator('.d2l-Plot').count(), 1);
    assert.equal(await notebook.page.evaluate('window.plot.isConnected'), true);
    await control(notebook, 'log').check();
    await notebook.page.waitForFunction(
      `document.querySelector('.js-plotly-plot').layout.yaxis.type === 'log'`,
    );
    await notebook.screenshot('controls');

    const [saved] = await notebook.savedOutputs();
    assert.equal(String(saved?.[0]?.data?.['text/plain']), 'temperature = 0.3, log = true');
    assert.match(String(saved?.[1]?.data?.['image/svg+xml']), /^<svg/);
    assert.equal(String(saved?.[2]?.data?.['text/plain']), 'at 0.3');

    await slide(notebook, 2);
    await shows(notebook, 'RangeError: too hot');
    await notebook.run(1);
    await notebook.page.waitForFunction(
      `document.querySelectorAll('.jp-InputPrompt')[1].textContent.includes('*')`,
    );
    await notebook.stop();
    await notebook.idle();
    await slide(notebook, 0.5);
    await shows(notebook, 'at 0.5');
    await control(notebook, 'temperature').press('ArrowUp');
    await shows(notebook, 'at 0.6');
    assert.doesNotMatch(await notebook.text(0), /too hot/);
    assert.deepEqual(notebook.pageErrors, []);

    await notebook.savedOutputs();
    const again = await lab.open(basename(notebook.path));
    await again.page.waitForSelector('.d2l-Controls-hint');
    assert.match(await again.text(0), /temperature[\s\S]*0\.6[\s\S]*Run the cell again to use this/);
    await again.screenshot('controls-reopened');
    await again.close();

    await notebook.command('kernelmenu:restart');
    await notebook.page.locator('.jp-Dialog button.jp-mod-accept').click();
    await notebook.page.waitForSelector('.d2l-Controls-hint');
    assert.equal(await control(notebook, 'temperature').isDisabled(), true);
    await notebook.screenshot('controls-restarted');
    await notebook.close();
  });
});
