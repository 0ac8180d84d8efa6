/** @file The decks as an audience sees them: every slide, at two sizes, in a browser without a network. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../lab/chromium.js';
import { ROOT } from '../lab/project.js';
import { Deck, type Slide } from './deck.js';

const OUT = join(ROOT, 'artifacts/slides');
const SHOTS = join(OUT, 'shots');
const SIZES = [
  { width: 1280, height: 720 },
  { width: 1920, height: 1080 },
] as const;
/** Slides denser than this are named, for the author to split. */
const DENSE = 0.6;

/** The notebooks as they are now: whoever saves one meanwhile does not disturb the comparison. */
const SNAPSHOT = join(OUT, 'notebooks');
mkdirSync(SNAPSHOT, { recursive: true });
const files = readdirSync(join(ROOT, 'notebooks')).filter((file) => file.endsWith('.ipynb'));
for (const file of files) copyFileSync(join(ROOT, 'notebooks', file), join(SNAPSHOT, file));
const notebooks = files.map((file) => file.replace('.ipynb', ''));

function deckFile(name: string): string {
  return join(OUT, `${name}.html`);
}

/** A point in the middle of the first curve of the slide, and how far across the plot it lies, 0 to 1. */
const POINT = `(() => {
  const plot = Reveal.getCurrentSlide().querySelector('.live');
  const axis = plot._fullLayout.xaxis;
  const xs = plot.data[0].x;
  const x = xs[Math.floor(xs.length * 0.6)];
  return { x, across: axis.d2p(x) / axis._length };
})()`;

/** Cells of a notebook, as far as these tests look at them. */
interface Cell {
  source: string | string[];
  metadata: { slideshow?: { slide_type?: string } };
  outputs?: { data?: Record<string, unknown> }[];
}

function cellsOf(name: string): Cell[] {
  const text = readFileSync(join(SNAPSHOT, `${name}.ipynb`), 'utf8');
  return (JSON.parse(text) as { cells: Cell[] }).cells;
}

function figuresIn(cells: Cell[]): number {
  const shown = cells.filter(
    (cell) => !['skip', 'notes'].includes(cell.metadata.slideshow?.slide_type ?? ''),
  );
  const bundles = shown.flatMap((cell) => cell.outputs ?? []).map((output) => output.data ?? {});
  return bundles.filter((data) => 'application/vnd.d2l.plot+json' in data).length;
}

function assertWhole(slide: Slide, where: string): void {
  assert.deepEqual(slide.raw, [], `${where}: not rendered`);
  assert.deepEqual(slide.clipped, [], `${where}: cut off`);
  assert.ok(slide.over[1] <= 1, `${where}: ${slide.over[1]} pixels too wide`);
  if (!slide.scrolls) assert.ok(slide.over[0] <= 1, `${where}: ${slide.over[0]} pixels too high`);
  assert.equal(slide.live, slide.figures, `${where}: figures that plotly drew`);
}

function hasFormulas(cells: Cell[]): boolean {
  return cells.some((cell) => [cell.source].flat().join('').includes('$$'));
}

function sum(slides: Slide[], what: 'figures' | 'formulas'): number {
  return slides.reduce((total, slide) => total + slide[what], 0);
}

/** The slides that their author should split. */
function crowded(slides: Slide[]): string[] {
  return slides.flatMap(({ title, density, scrolls }, i) =>
    scrolls || density > DENSE
      ? [`slide ${i + 1} "${title}": ${scrolls ? 'scrolls' : `density ${density}`}`]
      : [],
  );
}

/** Walks through a deck at one size; a picture of each slide stays in artifacts/. */
async function walk(deck: Deck, name: string, size: (typeof SIZES)[number]): Promise<Slide[]> {
  await deck.page.setViewportSize(size);
  const slides: Slide[] = [];
  for (const [i, place] of (await deck.places()).entries()) {
    const slide = await deck.see(place);
    slides.push(slide);
    const where = `${name}, slide ${i + 1} (${slide.title}) at ${size.width} x ${size.height}`;
    if (size === SIZES[0]) {
      const number = String(i + 1).padStart(2, '0');
      await deck.page.screenshot({ path: join(SHOTS, `${name}-${number}.png`) });
    }
    assertWhole(slide, where);
    if (slide.folds > 0) assertWhole(await deck.openAnswers(), `${where}, answers open`);
  }
  return slides;
}

void describe('the slides', { skip: skipWithoutChromium(), concurrency: 2 }, () => {
  let browser: Browser;
  before(async () => {
    const options = ['--from', SNAPSHOT, '--out', OUT];
    execFileSync(process.execPath, [join(ROOT, 'scripts/slides.mjs'), ...options], { timeout: 120_000 });
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium();
  });
  after(() => browser?.close());

  for (const name of notebooks) {
    void test(`${name}: every slide fits, draws its figures and formulas, and asks for nothing`, async (t) => {
      const deck = await Deck.open(browser, deckFile(name));
      const cells = cellsOf(name);
      for (const size of SIZES) {
        const slides = await walk(deck, name, size);
        assert.equal(sum(slides, 'figures'), figuresIn(cells));
        if (hasFormulas(cells)) assert.ok(sum(slides, 'formulas') > 0);
        if (size === SIZES[0]) crowded(slides).forEach((line) => t.diagnostic(`split ${name} ${line}`));
      }
      assert.deepEqual(deck.problems, []);
      await deck.close();
    });
  }

  void test('the notes are in the window of the speaker, and only there', async () => {
    const deck = await Deck.open(browser, deckFile('01-lstm'));
    const { page } = deck;
    await deck.see(await deck.find('aside.notes'));
    assert.equal(await page.locator('aside.notes:visible').count(), 0);
    const written = (await page.locator('section.present aside.notes').allTextContents()).join('').trim();
    assert.ok(written.length > 0);
    const [speaker] = await Promise.all([page.waitForEvent('popup'), page.keyboard.press('s')]);
    const shown = speaker.locator('.speaker-controls-notes .value');
    await shown.filter({ hasText: written.slice(0, 40) }).waitFor({ timeout: 30_000 });
    await speaker.screenshot({ path: join(SHOTS, 'speaker.png') });
    assert.deepEqual(deck.problems, []);
    await deck.close();
  });

  void test('code folds to a line, by its button and by the C key', async () => {
    const deck = await Deck.open(browser, deckFile('01-lstm'));
    const { page } = deck;
    await deck.see(await deck.find('.fold'));
    const input = page.locator('section.present .input:has(.fold)').first();
    const open = (await input.boundingBox())?.height ?? 0;
    await input.locator('.fold').click();
    assert.ok(((await input.boundingBox())?.height ?? 0) < open / 2);
    assert.equal(await input.locator('.fold').getAttribute('aria-expanded'), 'false');
    await page.screenshot({ path: join(SHOTS, 'folded.png') });
    await input.locator('.fold').press('c');
    assert.equal((await input.boundingBox())?.height, open);
    await deck.close();
  });

  void test('figures answer to the mouse, at any scale of the deck', async () => {
    const deck = await Deck.open(browser, deckFile('01-lstm'));
    const { page } = deck;
    await page.setViewportSize(SIZES[1]);
    await deck.see(await deck.find('figure.plot'));
    const area = page.locator('section.present figure.plot .nsewdrag').first();
    const box = await area.boundingBox();
    assert.ok(box);
    const point = await page.evaluate<{ x: number; across: number }>(POINT);
    // Hovered a few pixels off, as where a scale is forgotten, plotly would name another point.
    await area.hover({ position: { x: box.width * point.across, y: box.height / 2 } });
    await page.locator('.hoverlayer .axistext', { hasText: new RegExp(`^${point.x}$`) }).waitFor();
    await page.screenshot({ path: join(SHOTS, 'hover.png') });
    await deck.close();
  });

  void test('printed, it has one page for each slide, with the static figures', async () => {
    const deck = await Deck.open(browser, deckFile('01-lstm'), '?print-pdf');
    const slides = await deck.page.locator('section.page').count();
    await deck.page.locator('.pdf-page').last().waitFor();
    assert.equal(await deck.page.locator('.pdf-page').count(), slides);
    const pictures = deck.page.locator('figure.plot > img');
    assert.equal(await pictures.count(), await pictures.locator('visible=true').count());
    const pdf = await deck.page.pdf({
      path: join(OUT, '01-lstm.pdf'),
      preferCSSPageSize: true,
      printBackground: true,
    });
    assert.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b(?!s)/g)?.length, slides);
    assert.match(pdf.toString('latin1'), /\/MediaBox\s*\[0 0 960(\.\d+)? 540/);
    assert.deepEqual(deck.problems, []);
    await deck.close();
  });
});
