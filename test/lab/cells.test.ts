/** @file What a student meets in JupyterLab while writing TypeScript: completion, type errors, exceptions, reopened work. */
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipWithoutChromium } from './chromium.js';
import { Lab } from './lab.js';

void describe('cells in JupyterLab', { skip: skipWithoutChromium() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start();
  });
  after(() => lab.stop());

  void test('Tab offers the members of a value of an earlier cell, Shift Tab tells the signature', async () => {
    const notebook = await lab.openCells([
      `const point = { left: 1, length: 2, top: 3 };
/** The area of a rectangle. @param width in metres */
function area(width: number, height = 2): number { return width * height; }`,
      'point.le',
      'area',
    ]);
    await notebook.run(0);
    await notebook.page.waitForFunction(`document.querySelector('.jp-InputPrompt').textContent === '[1]:'`);
    await notebook.page.locator('.jp-CodeCell .cm-content').nth(1).click();
    await notebook.page.keyboard.press('End');
    await notebook.page.keyboard.press('Tab');
    const items = notebook.page.locator('.jp-Completer-match');
    await items.first().waitFor();
    await notebook.screenshot('cells-completion');
    assert.deepEqual((await items.allTextContents()).map((text) => text.trim()).sort(), ['left', 'length']);
    await notebook.page.keyboard.press('Escape');

    await notebook.page.locator('.jp-CodeCell .cm-content').nth(2).click();
    await notebook.page.keyboard.press('End');
    await notebook.page.keyboard.press('Shift+Tab');
    const tooltip = notebook.page.locator('.jp-Tooltip');
    await tooltip.filter({ hasText: 'area' }).waitFor();
    await notebook.screenshot('cells-tooltip');
    const told = await tooltip.innerText();
    assert.match(told, /area\(width: number, height\?: number\): number/);
    assert.match(told, /The area of a rectangle\./);
    await notebook.close();
  });

  void test('a type error shows the line with a squiggle and the cell is not run', async () => {
    const notebook = await lab.openCells([
      `let count: number = 1;`,
      `console.log('ran');\ncount = 'two';`,
      'count',
    ]);
    await notebook.runAll();
    await notebook.idle();
    const text = await notebook.text(1);
    assert.match(text, /count = 'two';/);
    assert.match(text, /[~^]{2,}/);
    assert.match(text, /Type 'string' is not assignable to type 'number'/);
    assert.doesNotMatch(text, /^ran$/m);
    await notebook.screenshot('cells-type-error');
    await notebook.close();
  });

  void test('an exception points to the line of the cell and run all stops there', async () => {
    const notebook = await lab.openCells([
      `function broken(): never {\n  throw new RangeError('too far');\n}`,
      `const before = 1;\nbroken();`,
      `'not reached'`,
    ]);
    await notebook.runAll();
    await notebook.idle();
    const text = await notebook.text(1);
    assert.match(text, /RangeError: too far/);
    assert.match(text, /2/);
    assert.equal(await notebook.text(2), '');
    await notebook.screenshot('cells-exception');
    await notebook.close();
  });

  void test('process.exit costs the variables, not the kernel', async () => {
    const notebook = await lab.openCells([`const kept = 1;`, `process.exit(3);`, `1 + 1`]);
    for (const cell of [0, 1, 2]) {
      await notebook.run(cell);
      await notebook.page.waitForFunction(
        `/\\d/.test(document.querySelectorAll('.jp-InputPrompt')[${cell}].textContent)`,
      );
    }
    await notebook.idle();
    await notebook.screenshot('cells-exit');
    assert.match(await notebook.text(1), /exit/i);
    assert.match(await notebook.text(2), /2/);
    await notebook.close();
  });

  void test('a saved notebook shows its figure again when it is opened, without being run', async () => {
    const notebook = await lab.openCells([
      `import * as d2l from 'd2l-ts';\nd2l.plot([1, 2, 3], [1, 4, 9], { xlabel: 'x' });`,
    ]);
    await notebook.runAll();
    await notebook.page.waitForSelector('.d2l-Plot .js-line');
    await notebook.idle();
    await notebook.savedOutputs();
    const name = basename(notebook.path);
    await notebook.close();
    const again = await lab.open(name);
    await again.page.waitForSelector('.d2l-Plot .js-line');
    await again.close();
  });
});
