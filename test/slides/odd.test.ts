/** @file Notebooks that are not as tidy as ours: errors, endless outputs, lines and slides that are too long. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../lab/chromium.js';
import { ROOT } from '../lab/project.js';
import { Deck } from './deck.js';

const CONVERT = join(ROOT, 'scripts/slides.mjs');

function prose(source: string): object {
  return { cell_type: 'markdown', metadata: { slideshow: { slide_type: 'slide' } }, source };
}

function code(source: string, outputs: object[] = [], metadata: object = {}): object {
  return { cell_type: 'code', metadata, execution_count: 1, source, outputs };
}

const ANSWERS = '<details><summary>Answers</summary>\n\n1. ![a gate](gate.svg)\n2. $\\alpha$\n\n</details>';

const CELLS = [
  prose(`# Odd\n\n${ANSWERS}`),
  prose('## Output without end'),
  code('for (;;) {}', [{ output_type: 'stream', name: 'stdout', text: 'line\n'.repeat(500) }]),
  prose('## Error'),
  code('x', [
    {
      output_type: 'error',
      ename: 'TypeError',
      evalue: '',
      traceback: ['\u001b[31mTypeError\u001b[0m: <x>'],
    },
  ]),
  prose('## Line without end'),
  code(`const s = '${'x'.repeat(400)}';`),
  prose('## Hidden'),
  code('one();\ntwo();\nthree();', [], { jupyter: { source_hidden: true } }),
  prose(`## Too much\n\n${'Said at length.\n\n'.repeat(60)}`),
  prose('## Script\n\n`</script>` and `<!--`'),
  code('// </script><!-- <script>'),
];

function write(folder: string, cells: object[]): void {
  const withIds = cells.map((cell, i) => ({ id: `c${i}`, ...cell }));
  const language_info = { name: 'typescript', pygments_lexer: 'typescript' };
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: { language_info }, cells: withIds };
  writeFileSync(join(folder, 'odd.ipynb'), JSON.stringify(notebook));
}

void describe('a deck of an untidy notebook', { skip: skipWithoutChromium() }, () => {
  let folder: string;
  let browser: Browser;
  let deck: Deck;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'd2l-slides-'));
    write(folder, CELLS);
    writeFileSync(join(folder, 'gate.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>');
    execFileSync(process.execPath, [CONVERT, '--from', folder, '--out', folder], { timeout: 120_000 });
    browser = await launchChromium();
    deck = await Deck.open(browser, join(folder, 'odd.html'));
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  void test('shows all of it without a complaint', async () => {
    const seen = [];
    for (const place of await deck.places()) seen.push(await deck.see(place));
    assert.deepEqual(
      seen.flatMap((slide) => slide.clipped),
      [],
    );
    assert.deepEqual(
      seen.map((slide) => slide.scrolls),
      [false, false, false, false, false, true, false],
    );
    assert.deepEqual(
      seen.filter((slide) => !slide.scrolls && slide.over[0] > 1),
      [],
    );
    assert.deepEqual(deck.problems, []);
  });

  void test('keeps answers with lists, pictures and formulas in their fold', async () => {
    const answers = deck.page.locator('details');
    assert.equal(await answers.locator('img[src^="data:image/svg+xml"]').count(), 1);
    assert.equal(await answers.locator('mjx-container').count(), 1);
  });

  void test('limits an output, and shows its rest on scrolling', async () => {
    await deck.see(await deck.find('.output.stdout'));
    const output = deck.page.locator('.output.stdout');
    assert.ok(((await output.boundingBox())?.height ?? 0) <= 400);
    assert.match(String(await output.getAttribute('class')), /long/);
  });

  void test('shows the first line of hidden code, and an error with its text', async () => {
    await deck.see(await deck.find('.folded'));
    const height = (await deck.page.locator('.folded').boundingBox())?.height ?? 0;
    assert.ok(height > 30 && height < 70, `${height} pixels`);
    assert.equal(await deck.page.locator('.output.error').textContent(), 'TypeError: <x>\n');
  });

  void test('is not made where a picture is missing, and the message says which', () => {
    write(folder, [prose('![x](img/none.png)')]);
    const convert = () =>
      execFileSync(process.execPath, [CONVERT, '--from', folder, '--out', folder], { stdio: 'pipe' });
    assert.throws(
      convert,
      /shows the picture img\/none\.png, which is not a file beside it\n.*next: save it in/,
    );
  });
});
