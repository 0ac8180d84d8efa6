/** @file The notebooks as pages to read, in a browser without a network. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, skipWithoutChromium } from '../lab/chromium.js';
import { ROOT } from '../lab/project.js';

const OUT = join(ROOT, 'artifacts/pages');
const SHOTS = join(OUT, 'shots');

const LOOK = `(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    raw: all('.prose').filter((e) => /\\$\\S/.test(e.innerText)).map((e) => e.innerText.slice(0, 80)),
    mute: all('img').filter((img) => !img.alt || img.naturalWidth === 0).length,
    figures: all('figure.plot').length,
    described: all('figure.plot .live[role="img"]').filter((e) => e.ariaLabel.length > 20).length,
    links: all('a[href$=".ipynb"]').length,
  };
})()`;

interface Look {
  wide: number;
  raw: string[];
  mute: number;
  figures: number;
  described: number;
  links: number;
}

/** Opens a page and draws its figures, as a reader who scrolls through it does. */
async function open(browser: Browser, file: string, problems: string[], width: number): Promise<Page> {
  const context = await browser.newContext({ offline: true, viewport: { width, height: 900 } });
  const page = await context.newPage();
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
  });
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) problems.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(OUT, file)).href);
  await page.waitForSelector('body[data-ready]');
  for (const figure of await page.locator('figure.plot').all()) {
    await figure.scrollIntoViewIfNeeded();
    await figure.and(page.locator('[data-state="live"]')).waitFor();
  }
  return page;
}

void describe('the pages', { skip: skipWithoutChromium() }, () => {
  let browser: Browser;
  before(async () => {
    execFileSync(process.execPath, [join(ROOT, 'scripts/pages.mjs'), '--out', OUT], { timeout: 120_000 });
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium();
  });
  after(() => browser?.close());

  void test('show formulas, pictures and live figures with a text for each, and ask for nothing', async () => {
    const names = readdirSync(OUT).filter((file) => /^\d.*\.html$/.test(file));
    assert.ok(names.length >= 2);
    for (const file of names) {
      const problems: string[] = [];
      const page = await open(browser, file, problems, 1400);
      const { raw, mute, figures, described, wide } = await page.evaluate<Look>(LOOK);
      assert.deepEqual(
        { file, raw, mute, described, wide },
        { file, raw: [], mute: 0, described: figures, wide: 0 },
      );
      await page.screenshot({ path: join(SHOTS, file.replace('.html', '.png')), fullPage: true });
      assert.deepEqual(problems, []);
      await page.context().close();
    }
  });

  void test('fit a narrow screen', async () => {
    const page = await open(browser, '01-lstm.html', [], 400);
    assert.equal((await page.evaluate<Look>(LOOK)).wide, 0);
    await page.screenshot({ path: join(SHOTS, 'narrow.png') });
    await page.context().close();
  });

  void test('are listed, and lead to one another', async () => {
    const problems: string[] = [];
    const context = await browser.newContext({ offline: true, viewport: { width: 1000, height: 900 } });
    const page = await context.newPage();
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(pathToFileURL(join(OUT, 'index.html')).href);
    await page.screenshot({ path: join(SHOTS, 'index.png') });
    await page.locator('li a', { hasText: 'Start here' }).click();
    await page.locator('main a', { hasText: /^LSTM$/ }).click();
    await page.waitForSelector('body[data-ready]');
    assert.match(page.url(), /01-lstm\.html$/);
    await page.locator('nav a', { hasText: 'All notebooks' }).click();
    assert.match(page.url(), /index\.html$/);
    assert.deepEqual(problems, []);
    await context.close();
  });
});
