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

/** How many texts with breakpoints the kernel has. */
const BREAKPOINTS_OF_KERNEL = `(async () => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const future = kernel.requestDebug({ type: 'request', seq: 0, command: 'debugInfo' });
  const reply = new Promise((resolve) => (future.onReply = resolve));
  return (await reply).content.body.breakpoints.length;
})()`;

/** Waits until JupyterLab has given the kernel its breakpoints, which it does in its own time. */
async function breakpointsInKernel({ page }: NotebookPage): Promise<void> {
  const limit = Date.now() + 60_000;
  while (Number(await page.evaluate(BREAKPOINTS_OF_KERNEL)) === 0) {
    assert.ok(Date.now() < limit, 'the restarted kernel was given no breakpoints');
    await page.waitForTimeout(200);
  }
}

/** The line that is marked as the one the cell stands at. */
function markedLine(notebook: NotebookPage): Locator {
  return notebook.page.locator('.jp-DebuggerEditor-highlight');
}

/** Presses the button with the bug, and clicks beside a line of the first cell. */
async function debugged({ page }: NotebookPage, line: number): Promise<void> {
  await page.locator('.jp-DebuggerBugButton[aria-disabled="false"]').click();
  await page.waitForSelector('[data-jp-debugger="true"]');
  const gutter = page.locator('.jp-CodeCell').first().locator('.cm-breakpoint-gutter .cm-gutterElement');
  await gutter.nth(line).click(); // the first element is a spacer
  await page.locator('.jp-DebuggerBreakpoint').waitFor();
  await page.evaluate('jupyterapp.shell.currentWidget.content.activeCellIndex = 0');
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
    await debugged(notebook, 6);
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

  void test('breakpoints are there again after a restart, and Stop ends a paused cell', async () => {
    const notebook = await lab.openCells([CELL]);
    await debugged(notebook, 9);
    await notebook.command('notebook:run-cell');
    await markedLine(notebook).waitFor();
    await notebook.command('kernelmenu:restart');
    await notebook.page.locator('.jp-Dialog .jp-mod-warn').click();
    await notebook.page.waitForFunction(`document.querySelector('.jp-InputPrompt').textContent === '[ ]:'`);
    await notebook.idle();
    await markedLine(notebook).waitFor({ state: 'detached' });
    await breakpointsInKernel(notebook);
    await notebook.command('notebook:run-cell');
    await markedLine(notebook).waitFor();
    await notebook.command('notebook:interrupt-kernel'); // Lab's own panel lies over the button
    await notebook.idle();
    assert.match(await notebook.text(0), /KeyboardInterrupt/);
    assert.equal(await markedLine(notebook).count(), 0);
    await notebook.screenshot('debug-interrupted');
    await notebook.close();
  });
});
