/** @file The first lesson in JupyterLab, from top to bottom, with fewer epochs. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PLOT_MIME } from '../../lib/plot/figure.js';
import { skipWithoutChromium } from './chromium.js';
import { Lab } from './lab.js';
import { POINTS_OF, type SavedOutput } from './notebook-page.js';
import { ROOT } from './project.js';

const EPOCHS = 6;
const LIMIT = 300_000;

/** Notes, for each training figure, every length its curves had on the page. */
const WATCH = `
  window.lengths = [];
  const look = () => {
    const plots = [...document.querySelectorAll('.d2l-Plot')];
    plots.filter((plot) => plot.textContent.includes('ppl')).forEach((plot, i) => {
      const points = ${POINTS_OF}(plot);
      lengths[i] ??= [];
      if (lengths[i].at(-1) !== points) lengths[i].push(points);
    });
    requestAnimationFrame(look);
  };
  look();`;

function textOf({ data, text }: SavedOutput): string {
  return [text, data?.['text/plain']].flat().join('');
}

void describe('notebook 01-lstm in JupyterLab', { skip: skipWithoutChromium() }, () => {
  let lab: Lab;
  before(async () => {
    const data = process.env['D2L_DATA'] ?? join(ROOT, '../shared/data');
    lab = await Lab.start({ env: { D2L_DATA: data, D2L_EPOCHS: String(EPOCHS) } });
  });
  after(() => lab.stop());

  void test('runs from top to bottom: the curve grows, and the model continues the sentence', async () => {
    const notebook = await lab.openCopy('notebooks/01-lstm.ipynb', '01-lstm.ipynb');
    await notebook.page.evaluate(WATCH);
    await notebook.runAll();
    const training = notebook.page.locator('.d2l-Plot', { hasText: 'train_ppl' }).first();
    await training.waitFor({ state: 'attached', timeout: LIMIT });
    await training.scrollIntoViewIfNeeded();
    await training.filter({ hasText: 'val_ppl' }).waitFor({ timeout: LIMIT });
    await notebook.screenshot('lstm-during');
    await notebook.idle(LIMIT);
    for (let i = 0; i < (await notebook.page.locator('.d2l-Plot').count()); i++) {
      await notebook.page.evaluate(
        `document.querySelectorAll('.d2l-Plot')[${i}].scrollIntoView({ block: 'center' })`,
      );
      await notebook.screenshot(`lstm-end-${i}`);
    }

    const lengths = await notebook.page.evaluate<number[][]>('window.lengths');
    assert.equal(lengths.length, 2, 'one curve from scratch, one concise');
    for (const seen of lengths) assert.ok(seen.length >= 3, `a curve had the lengths ${seen.join(', ')}`);
    const saved = await notebook.savedOutputs();
    const outputs = saved.flat();
    assert.deepEqual(
      outputs.filter((output) => output.output_type === 'error'),
      [],
    );
    const curves = outputs.filter(
      (output) => textOf(output).includes('ppl') && output.data?.[PLOT_MIME] !== undefined,
    );
    assert.equal(curves.length, 2);
    for (const { data } of curves) assert.match(String(data?.['image/svg+xml']), /^<svg .*val_ppl/);
    const texts = outputs.map(textOf).filter((text) => /time traveller[a-z ]{50}/.test(text));
    assert.ok(texts.length >= 2, `${texts.length} texts of the models`);
    assert.deepEqual(notebook.pageErrors, []);
    await notebook.close();
  });
});
