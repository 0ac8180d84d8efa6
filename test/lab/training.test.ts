/** @file Training in JupyterLab as a student sees it: the curve grows, Stop stops, restart begins anew. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PLOT_MIME, PLOTLY_MIME } from '../../lib/plot/figure.js';
import { skipWithoutChromium } from './chromium.js';
import { Lab } from './lab.js';
import { POINTS_OF } from './notebook-page.js';
import { ROOT } from './project.js';

const SET_UP = `import * as d2l from 'd2l-ts';
d2l.seed(0);
const data = new d2l.TimeMachine(1024, 32);
const model = new d2l.RNNLM(new d2l.LSTM(data.vocab.length, 32), data.vocab.length, 4);`;
const PREDICT = `model.predict('time traveller', 50, data.vocab)`;

function fit(epochs: number): string {
  return `const trainer = new d2l.Trainer({ maxEpochs: ${epochs}, gradientClipVal: 1 });
await trainer.fit(model, data);`;
}

/** How many points the curves of the first figure have. */
const POINTS = `${POINTS_OF}(document.querySelector('.d2l-Plot'))`;

/** Notes each length of the curve that was on the page while the cell ran. */
const WATCH = `
  window.lengths = [];
  const look = () => {
    const busy = [...document.querySelectorAll('.jp-InputPrompt')].some((prompt) => prompt.textContent.includes('*'));
    const points = ${POINTS};
    if (busy && points > 0 && lengths.at(-1) !== points) lengths.push(points);
    requestAnimationFrame(look);
  };
  look();`;

void describe('training in JupyterLab', { skip: skipWithoutChromium() }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start({ env: { D2L_DATA: process.env['D2L_DATA'] ?? join(ROOT, '../shared/data') } });
  });
  after(() => lab.stop());

  void test('shows a curve that grows while the cell runs, then the text the model writes', async () => {
    const notebook = await lab.openCells([SET_UP, fit(8), PREDICT]);
    await notebook.page.evaluate(WATCH);
    await notebook.runAll();
    await notebook.page.waitForFunction(`${POINTS} >= 8`, undefined, { timeout: 120_000, polling: 50 });
    await notebook.screenshot('training-during');
    await notebook.idle(120_000);
    const lengths = await notebook.page.evaluate<number[]>('window.lengths');
    assert.ok(lengths.length >= 3, `lengths of the curve while the cell ran: ${lengths.join(', ')}`);
    assert.match(await notebook.text(2), /time traveller.{50}/);
    await notebook.screenshot('training-end');

    const [, training] = await notebook.savedOutputs();
    const figures = (training ?? []).filter((output) => output.data?.[PLOT_MIME] !== undefined);
    assert.equal(figures.length, 1);
    assert.deepEqual(Object.keys(figures[0]?.data ?? {}).sort(), [
      PLOT_MIME,
      PLOTLY_MIME,
      'image/svg+xml',
      'text/plain',
    ]);
    assert.match(String(figures[0]?.data?.['image/svg+xml']), /^<svg .*val_ppl/);
    await notebook.close();
  });

  void test('Stop ends the training, keeps the curve and the weights, and the next cell goes on', async () => {
    const notebook = await lab.openCells([SET_UP, fit(500), PREDICT]);
    for (const cell of [0, 1]) {
      await notebook.run(cell);
    }
    await notebook.page.waitForFunction(`${POINTS} >= 6`, undefined, { timeout: 120_000 });
    await notebook.stop();
    await notebook.idle();
    await notebook.screenshot('training-stopped');
    const points = await notebook.page.evaluate<number>(POINTS);
    assert.ok(points >= 6 && points < 1500, `${points} points`);
    const stopped = (await notebook.savedOutputs())[1] ?? [];
    assert.ok(
      stopped.some((output) => output.data?.[PLOTLY_MIME] !== undefined),
      'the last frame was drawn',
    );
    assert.ok(
      stopped.some((output) => output.output_type === 'error'),
      'the cell says that it was stopped',
    );

    await notebook.run(2);
    await notebook.page.waitForFunction(
      `document.querySelectorAll('.jp-CodeCell')[2].innerText.includes('time traveller')`,
    );
    await notebook.idle();
    assert.match(await notebook.text(2), /time traveller.{50}/);
    await notebook.close();
  });

  void test('restart and run all begins anew and ends with the same picture of one figure', async () => {
    const notebook = await lab.openCells([SET_UP, fit(2), PREDICT]);
    await notebook.runAll();
    await notebook.idle(120_000);
    const before = await notebook.text(2);
    await notebook.command('notebook:restart-run-all');
    await notebook.page.locator('.jp-Dialog button.jp-mod-accept').click();
    await notebook.page.waitForFunction(
      `document.querySelector('.jp-CodeCell .jp-InputPrompt').textContent.includes('*')`,
    );
    await notebook.idle(120_000);
    const prompts = await notebook.page.locator('.jp-InputPrompt').allTextContents();
    assert.deepEqual(prompts, ['[1]:', '[2]:', '[3]:']);
    assert.equal(await notebook.text(2), before);
    assert.equal(await notebook.page.locator('.d2l-Plot').count(), 1);
    await notebook.page.waitForFunction(`${POINTS} === 6`); // the page draws its last frame when it comes to it
    await notebook.close();
  });
});
