/** @file The decks as an audience sees them: every slide, at two sizes, in a browser without a network. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
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

const notebooks = readdirSync(join(ROOT, 'notebooks'))
  .filter((file) => file.endsWith('.ipynb'))
  .map((file) => file.replace('.ipynb', ''));

function deckFile(name: string): string {
  return join(OUT, `${name}.html`);
}

/** Cells of a notebook, as far as these tests look at them. */
interface Cell {
  source: string | string[];
  metadata: { slideshow?: { slide_type?: string } };
  outputs?: { data?: Record<string, unknown> }[];
}

function cellsOf(name: string): Cell[] {
  const text = readFileSync(join(ROOT, 'notebooks', `${name}.ipynb`), 'utf8');
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

/** Walks through a deck at one size; a picture of each slide stays in artifacts/. */
async function walk(deck: Deck, name: string, size: (typeof SIZES)[number]): Promise<Slide[]> {
  await deck.page.setViewportSize(size);
  const slides: Slide[] = [];
  for (const [i, place] of (await deck.places()).entries()) {
    const slide = await deck.see(place);
    slides.push(slide);
    const number = String(i + 1).padStart(2, '0');
    await deck.page.screenshot({ path: join(SHOTS, `${name}-${size.height}-${number}.png`) });
    assertWhole(slide, `${name}, slide ${i + 1} (${slide.title}) at ${size.width} x ${size.height}`);
  }
  return slides;
}

void describe('the slides', { skip: skipWithoutChromium() }, () => {
  let browser: Browser;
  before(async () => {
    execFileSync(process.execPath, [join(ROOT, 'scripts/slides.mjs'), '--out', OUT], { timeout: 120_000 });
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium();
  });
  after(() => browser?.close());

  for (const name of notebooks) {
    void test(`${name}: every slide fits, draws its figures and formulas, and asks nothing of the network`, async (t) => {
      const deck = await Deck.open(browser, deckFile(name));
      for (const size of SIZES) {
        const slides = await walk(deck, name, size);
        const sum = (count: (slide: Slide) => number) =>
          slides.reduce((total, slide) => total + count(slide), 0);
        const cells = cellsOf(name);
        assert.equal(
          sum((slide) => slide.figures),
          figuresIn(cells),
        );
        if (cells.some((cell) => [cell.source].flat().join('').includes('$$')))
          assert.ok(sum((slide) => slide.formulas) > 0);
        if (size !== SIZES[0]) continue;
        for (const [i, slide] of slides.entries())
          if (slide.scrolls || slide.density > DENSE)
            t.diagnostic(
              `split ${name} ${i + 1} "${slide.title}": ${slide.scrolls ? 'scrolls' : `density ${slide.density}`}`,
            );
      }
      assert.deepEqual(deck.problems, []);
      await deck.close();
    });
  }
});
