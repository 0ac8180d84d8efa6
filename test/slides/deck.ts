/** @file A deck open in the browser, without a network, with what there is to see on each of its slides. */
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';

/** What one slide shows, measured in its own pixels, 1280 x 720. */
export interface Slide {
  title: string;
  /** 0 (roomy) to 1 (dense): how far the slide had to be made smaller. */
  density: number;
  scrolls: boolean;
  /** Pixels by which the contents are higher and wider than the slide. */
  over: [down: number, right: number];
  /** Lines of code and formulas that are cut off at the right. */
  clipped: string[];
  figures: number;
  live: number;
  pictures: number;
  formulas: number;
  /** Folds with answers. */
  folds: number;
  /** Text that should have become a formula or a picture. */
  raw: string[];
}

const LOOK = `(() => {
  const slide = Reveal.getCurrentSlide();
  const all = (selector) => [...slide.querySelectorAll(selector)].filter((e) => !e.closest('aside'));
  const sheet = slide.querySelector('.sheet');
  const raw = [];
  const walker = document.createTreeWalker(sheet, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest('script, pre, code, .output, mjx-container')) continue;
    if (/\\$|\\\\\\(|\\\\begin/.test(node.data)) raw.push(node.data);
  }
  for (const error of all('mjx-merror, [data-mjx-error]')) raw.push(error.textContent);
  for (const img of all('img')) if (!(img.complete && img.naturalWidth > 0 && img.alt)) raw.push('picture ' + img.alt);
  return {
    title: (slide.querySelector('h1, h2, .running, h3') ?? sheet).textContent.trim().slice(0, 60),
    density: Number(slide.dataset.density),
    scrolls: slide.classList.contains('scrolls'),
    over: [
      Math.max(sheet.offsetHeight, slide.scrollHeight) - slide.clientHeight,
      Math.max(sheet.scrollWidth, slide.scrollWidth) - slide.clientWidth,
    ],
    clipped: all('.input pre, mjx-container[display="true"]')
      .filter((e) => e.scrollWidth > e.clientWidth + 1)
      .map((e) => e.textContent.slice(0, 60)),
    figures: all('figure.plot').length,
    live: all('figure.plot .live .main-svg').length > 0 ? all('figure.plot[data-state="live"]').length : 0,
    pictures: all('.prose img').length,
    folds: all('details').length,
    formulas: all('mjx-container > svg').length,
    raw,
  };
})()`;

/** Resolves when plotly has drawn, or refused, every figure of the slide. */
const DRAWN = `(async () => {
  const figures = [...Reveal.getCurrentSlide().querySelectorAll('figure.plot')];
  while (figures.some((figure) => !['live', 'static'].includes(figure.dataset.state)))
    await new Promise((resolve) => setTimeout(resolve, 20));
})()`;

/** One deck; what it asks for and what it complains of is kept from the first moment on. */
export class Deck {
  readonly problems: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly file: string,
  ) {
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(message.text());
    });
    page.on('requestfailed', (request) => this.problems.push(`failed: ${request.url().slice(0, 100)}`));
    page.on('request', (request) => {
      if (!/^(file|data|blob|about):/.test(request.url())) this.problems.push(`asked for ${request.url()}`);
    });
  }

  /** Opens the deck in a browser that is cut off from the network. */
  static async open(browser: Browser, file: string, query = ''): Promise<Deck> {
    const context = await browser.newContext({ offline: true, viewport: { width: 1280, height: 720 } });
    const deck = new Deck(await context.newPage(), file);
    await deck.load(query);
    return deck;
  }

  /** Loads the deck and waits until reveal.js has it. */
  async load(query = ''): Promise<void> {
    await this.page.goto(`${pathToFileURL(this.file).href}${query}`);
    await this.page.waitForSelector('body[data-ready]', { timeout: 30_000 });
    await this.page.addStyleTag({ content: '.reveal .fragment { transition: none !important; }' });
  }

  /** The places of all slides: across and down. */
  places(): Promise<[number, number][]> {
    return this.page.evaluate(
      `Reveal.getSlides().map((s) => { const { h, v } = Reveal.getIndices(s); return [h, v ?? 0]; })`,
    );
  }

  /** The place of the first slide that holds something. */
  async find(selector: string): Promise<[number, number]> {
    const holders: boolean[] = await this.page.evaluate(
      `Reveal.getSlides().map((slide) => slide.querySelector(${JSON.stringify(selector)}) !== null)`,
    );
    const place = (await this.places())[holders.indexOf(true)];
    if (place === undefined) throw new Error(`no slide of ${this.file} holds ${selector}`);
    return place;
  }

  /** Goes to a slide with all its fragments shown and its figures drawn, and says what is there. */
  async see([h, v]: [number, number]): Promise<Slide> {
    return this.page.evaluate<Slide>(`Reveal.slide(${h}, ${v}, 99); ${DRAWN}.then(() => ${LOOK})`);
  }

  /** Opens every fold of answers on this slide, and says how the slide takes it. */
  async openAnswers(): Promise<Slide> {
    await this.page.evaluate(
      `(async () => {
        const closed = [...Reveal.getCurrentSlide().querySelectorAll('details:not([open])')];
        const opened = closed.map((d) => new Promise((resolve) => d.addEventListener('toggle', resolve)));
        for (const d of closed) d.open = true;
        await Promise.all(opened);
      })()`,
    );
    return this.page.evaluate<Slide>(LOOK);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
