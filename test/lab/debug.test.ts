/** @file The debugger as it is used in JupyterLab: a click beside a line, the stopped line, the values, on to the end. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { skipWithoutChromium } from './chromium.js';
import { Lab } from './lab.js';
import type { NotebookPage } from './notebook-page.js';

const CELL = `interface Circle {
  radius: number;
}
const circles: Circle[] = [{ radius: 1 }, { radius: 2 }];
function area(circle: Circle): number {
  const squared: number = circle.radius ** 2;
  return 3 * squared;
}
const areas: number[] = circles.map(area);
areas.join(' and ')`;

/** The line that is marked as the one the cell stands at. */
function markedLine(notebook: NotebookPage): Locator {
  return notebook.page.locator('.jp-DebuggerEditor-highlight');
}

/** What the panel shows for a variable, waited for. */
async function variable(notebook: NotebookPage, name: string, value: string): Promise<void> {
  const item = notebook.page.locator('.jp-DebuggerVariables jp-tree-item', {
    has: notebook.page.locator(`.jp-DebuggerVariables-name:text-is("${name}")`),
  });
  await item
    .locator(`.jp-DebuggerVariables-detail:text-is(${JSON.stringify(value)})`)
    .first()
    .waitFor();
}

void describe('the debugger in JupyterLab', { skip: skipWithoutChromium() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start();
  });
  after(() => lab.stop());

  void test('a breakpoint stops the cell, shows where and with what, and lets it go on', async () => {
    const notebook = await lab.openCells([CELL, `areas.length`]);
    const { page } = notebook;
    await page.locator('.jp-DebuggerBugButton[aria-disabled="false"]').click();
    await page.waitForSelector('[data-jp-debugger="true"]');
    const gutter = page.locator('.jp-CodeCell').first().locator('.cm-breakpoint-gutter .cm-gutterElement');
    await gutter.nth(6).click(); // the first element is a spacer, so this is line 6
    await page.locator('.jp-DebuggerBreakpoint').waitFor();
    await page.evaluate('jupyterapp.shell.currentWidget.content.activeCellIndex = 0');
    await notebook.command('notebook:run-cell');

    await markedLine(notebook).waitFor();
    assert.match(await markedLine(notebook).innerText(), /const squared/);
    await variable(notebook, 'circle', '{radius: 1}');
    const frames = page.locator('.jp-DebuggerCallstackFrame');
    assert.deepEqual(
      (await frames.allInnerTexts()).map((text) => text.split(/\s/)[0]),
      ['area', '<cell>'],
    );
    await notebook.screenshot('debug-stopped');

    await notebook.command('debugger:next');
    await page.locator('.jp-DebuggerEditor-highlight', { hasText: 'return 3' }).waitFor();
    await variable(notebook, 'squared', '1');
    await notebook.command('debugger:continue');
    await variable(notebook, 'circle', '{radius: 2}');
    await notebook.command('debugger:continue');
    await notebook.idle();
    assert.match(await notebook.text(0), /3 and 12/);
    await variable(notebook, 'areas', 'Array(2) [3, 12]');
    await notebook.screenshot('debug-continued');
    assert.deepEqual(notebook.pageErrors, []);
    await notebook.close();
  });
});
