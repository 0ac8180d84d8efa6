/** @file Notebook 7, which shares JupyterLab's parts: the curve grows, a slider turns it, and all is there when it is opened again. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipWithoutChromium } from './chromium.js';
import { Lab } from './lab.js';
import { POINTS_OF } from './notebook-page.js';

const CELLS = [
  `import * as d2l from 'd2l-ts';
const board = new d2l.ProgressBoard({ xlabel: 'epoch', xlim: [0, 10] });
for (let epoch = 1; epoch <= 10; epoch++) {
  board.draw(epoch, 10 / epoch, 'loss');
  await new Promise((later) => setTimeout(later, 150));
}
board.finish();`,
  `d2l.interact({ temperature: [0.1, 2, 0.1] }, ({ temperature }) => 'at ' + temperature);`,
];

/** Notes each length of the curve that was on the page. */
const WATCH = `
  window.lengths = [];
  const look = () => {
    const points = ${POINTS_OF}(document.querySelector('.d2l-Plot'));
    if (points > 0 && lengths.at(-1) !== points) lengths.push(points);
    requestAnimationFrame(look);
  };
  look();`;

void describe('Notebook 7', { skip: skipWithoutChromium() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start();
  });
  after(() => lab.stop());

  void test('shows the growing curve and the slider, saves, and shows them again', async () => {
    const name = lab.write(CELLS);
    const notebook = await lab.openInNotebook(name);
    await notebook.page.evaluate(WATCH);
    await notebook.run(0);
    await notebook.page.waitForSelector('.d2l-Plot .js-line');
    const lengths = await notebook.page.evaluate<number[]>('window.lengths');
    assert.ok(lengths.length >= 3, `lengths of the curve: ${lengths.join(', ')}`);
    assert.equal(lengths.at(-1), 10);

    await notebook.run(1);
    const slider = notebook.page.locator('.d2l-Controls input:enabled');
    await slider.fill('0.4');
    await notebook.output(1).filter({ hasText: 'at 0.4' }).waitFor();
    await notebook.idle();
    await notebook.screenshot('notebook7');
    assert.equal((await notebook.savedOutputs())[0]?.length, 1);
    // Notebook 7.6 throws this one by itself, with no extension at all
    assert.deepEqual(
      notebook.pageErrors.filter((message) => !message.endsWith("(reading 'schema')")),
      [],
    );
    await notebook.close();

    const again = await lab.openInNotebook(name);
    await again.page.waitForSelector('.d2l-Plot .js-line');
    assert.match(await again.text(1), /at 0\.4/);
    await again.close();
  });
});
