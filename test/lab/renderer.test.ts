/** @file The plot renderer in JupyterLab itself. Python's kernel sends the frames here, so that only the renderer is on trial. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { MimeBundle } from '../../lib/plot/display.js';
import { bundle, PLOT_MIME } from '../../lib/plot/figure.js';
import { linePlot } from '../../lib/plot/line-plot.js';
import { skipWithoutChromium } from './chromium.js';
import { Lab } from './lab.js';
import type { NotebookPage } from './notebook-page.js';

const FRAMES = 200;
const skip = skipWithoutChromium();

/** Frame i of a curve that grows by a point at a time. */
function frame(i: number, final = i === FRAMES - 1): MimeBundle {
  const xs = Array.from({ length: i + 1 }, (_, k) => k / 2);
  const ys = xs.map((x) => 5 + 17 * Math.exp(-x / 15));
  const { chart } = linePlot(xs, [ys, ys.map((y) => y + 1)], {
    xlabel: 'epoch',
    xlim: [0, 100],
    legend: ['train', 'val'],
  });
  return bundle(chart, { final });
}

/** A cell that shows the first frames of the curve, one after the other, in one output. */
function live(count: number, pause: number): string {
  return `import json, time
frames = json.load(open('frames.json'))[:${count}]
shown = display(frames[0], raw=True, display_id=True)
for frame in frames[1:]:
    time.sleep(${pause})
    shown.update(frame, raw=True)`;
}

/** Notes, in the page, every sign of flicker: plots rebuilt, frames without ink, changes of height. */
const WATCH = `
  const area = document.querySelector('.jp-CodeCell .jp-Cell-outputArea');
  const seen = (window.seen = { removed: 0, added: 0, blank: 0, frames: 0, heights: [], curves: 0 });
  const curves = new Set();
  const isPlot = (node) => node.nodeType === 1 && node.matches('.jp-OutputArea-child, .d2l-Plot, .js-plotly-plot, .main-svg');
  new MutationObserver((changes) => {
    for (const change of changes) {
      seen.removed += [...change.removedNodes].filter(isPlot).length;
      seen.added += [...change.addedNodes].filter(isPlot).length;
    }
  }).observe(area, { childList: true, subtree: true });
  const look = () => {
    const ink = area.querySelector('.js-line[d], .d2l-Plot svg svg path[d]');
    if (ink) seen.started = true;
    if (ink) seen.curves = curves.add(ink).size;
    if (seen.started) {
      seen.frames++;
      if (!ink) seen.blank++;
      const height = Math.round(area.querySelector('.d2l-Plot').getBoundingClientRect().height);
      if (seen.heights.at(-1) !== height) seen.heights.push(height);
    }
    requestAnimationFrame(look);
  };
  look();`;

/** Keeps hold of the drawn picture, to see later whether it was replaced. */
const REMEMBER = `window.picture = document.querySelector('.d2l-Plot .main-svg'), undefined`;

interface Seen {
  removed: number;
  added: number;
  blank: number;
  frames: number;
  heights: number[];
  /** How many elements have been the first curve: the picture's, then plotly's. */
  curves: number;
}

function colorOfText(page: NotebookPage): Promise<string> {
  return page.page.evaluate(`getComputedStyle(document.querySelector('.d2l-Plot .xtick text')).fill`);
}

function brightness(color: string): number {
  const channels = /rgba?\((\d+), (\d+), (\d+)/.exec(color)?.slice(1).map(Number) ?? [];
  return channels.reduce((a, b) => a + b, 0) / 3;
}

void describe('the plot renderer', { skip }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start();
    writeFileSync(
      join(lab.work, 'frames.json'),
      JSON.stringify(Array.from({ length: FRAMES }, (_, i) => frame(i))),
    );
  });
  after(() => lab.stop());

  void test('draws twenty updates a second in the same nodes, with no blank frame and no jump', async () => {
    const notebook = await lab.openCells([live(FRAMES, 0.05)], 'python3');
    await notebook.page.evaluate(WATCH);
    await notebook.runAll();
    await notebook.page.waitForFunction(
      `document.querySelector('.js-plotly-plot')?.data?.[1].x.length === ${FRAMES}`,
    );
    const seen = await notebook.page.evaluate<Seen>('window.seen');
    assert.ok(seen.frames > 100, `${seen.frames} frames watched`);
    assert.equal(seen.blank, 0);
    assert.equal(seen.removed, 0);
    assert.equal(seen.curves, 2);
    assert.ok(seen.heights.length <= 2, `heights ${seen.heights.join(', ')}`);
    assert.ok(Number(await notebook.page.getAttribute('.d2l-Plot', 'data-draws')) > FRAMES / 4);
    assert.deepEqual(notebook.pageErrors, []);
    await notebook.screenshot('renderer-live');
    await notebook.close();
  });

  void test("keeps the reader's zoom while points arrive", async () => {
    const notebook = await lab.openCells([live(100, 0.05)], 'python3');
    await notebook.runAll();
    await notebook.page.locator('.d2l-Plot').hover();
    const plot = notebook.page.locator('.d2l-Plot .nsewdrag').first();
    await plot.waitFor();
    const box = await plot.boundingBox();
    assert.ok(box);
    const { mouse } = notebook.page;
    await mouse.move(box.x + 40, box.y + 30);
    await mouse.down();
    await mouse.move(box.x + 180, box.y + 150, { steps: 4 });
    await mouse.up();
    const range = `document.querySelector('.d2l-Plot .js-plotly-plot').layout.xaxis.range[1]`;
    const zoomed = await notebook.page.evaluate<number>(range);
    await notebook.idle();
    await notebook.page.waitForTimeout(300);
    assert.ok(zoomed < 90, `zoomed to ${zoomed}`);
    assert.equal(await notebook.page.evaluate<number>(range), zoomed);
    await notebook.close();
  });

  void test('shows stored figures of a notebook that is not trusted, with values under the mouse', async () => {
    const outputs = [{ output_type: 'display_data', metadata: {}, data: frame(100, true) }];
    const notebook = await lab.openCells([{ source: '1', outputs }], 'python3');
    await notebook.page.waitForSelector('.d2l-Plot .js-line');
    await notebook.page.getByRole('img', { name: 'train (solid) from 22.0 to 5.61; val (dashed)' }).waitFor();
    await notebook.page.locator('.d2l-Plot .nsewdrag').hover({ position: { x: 120, y: 60 } });
    await notebook.page.waitForSelector('.hoverlayer .hovertext');
    await notebook.screenshot('renderer-untrusted-hover');
    assert.match(String(await notebook.page.textContent('.hoverlayer')), /train \d+/);
    await notebook.close();
  });

  void test('follows the theme and the width of the page in the same nodes', async () => {
    const notebook = await lab.openCells(
      [{ source: '1', outputs: [{ output_type: 'display_data', metadata: {}, data: frame(150, true) }] }],
      'python3',
    );
    await notebook.page.waitForSelector('.d2l-Plot .js-line');
    assert.ok(brightness(await colorOfText(notebook)) < 100);
    await notebook.page.evaluate(REMEMBER);
    await notebook.page.evaluate(
      `jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Dark' })`,
    );
    await notebook.page.waitForFunction(`(() => {
      const [r, g, b] = getComputedStyle(document.querySelector('.d2l-Plot .xtick text')).fill.match(/\\d+/g).map(Number);
      return r + g + b > 450;
    })()`);
    await notebook.page.waitForSelector('#jupyterlab-splash', { state: 'detached' });
    await notebook.screenshot('renderer-dark');
    await notebook.page.setViewportSize({ width: 700, height: 600 });
    await notebook.page.waitForFunction(
      `document.querySelector('.d2l-Plot .main-svg').getBoundingClientRect().width < 400`,
    );
    await notebook.screenshot('renderer-narrow');
    assert.equal(await notebook.page.evaluate('window.picture.isConnected'), true);
    await notebook.page.evaluate(
      `jupyterapp.commands.execute('apputils:change-theme', { theme: 'JupyterLab Light' })`,
    );
    await notebook.close();
  });

  void test('shows the picture and what to do where plotly.js cannot be loaded', async () => {
    const outputs = [{ output_type: 'display_data', metadata: {}, data: frame(100, true) }];
    const notebook = await lab.openCells([{ source: '1', outputs }], 'python3', (page) =>
      page.route('**/plotly.min.js', (route) => route.abort()),
    );
    await notebook.page.waitForFunction(
      `document.querySelector('.d2l-Plot')?.innerText.includes('cannot load')`,
    );
    assert.match(
      await notebook.text(0),
      /cannot load .*plotly\.min\.js\. Run "d2l-ts install" again to mend the plots; this is the static picture/,
    );
    assert.equal((await notebook.page.locator('.d2l-Plot svg').first().boundingBox())?.width, 420);
    await notebook.screenshot('renderer-no-plotly');
    await notebook.close();
  });

  void test('shows the picture of a figure that plotly.js refuses, and of it only shapes and text', async () => {
    const whole = frame(100, true);
    const hostile =
      '<image href="/favicon.ico" onload="window.hostile = 1"/><g onclick="window.hostile = 1" style="fill: url(x)"/><desc>';
    const broken = {
      ...whole,
      [PLOT_MIME]: { data: 'nonsense', layout: null },
      'image/svg+xml': String(whole['image/svg+xml']).replace('<desc>', hostile),
    };
    const outputs = [{ output_type: 'display_data', metadata: {}, data: broken }];
    const notebook = await lab.openCells([{ source: '1', outputs }], 'python3');
    await notebook.page.waitForFunction(
      `document.querySelector('.d2l-Plot')?.innerText.includes('cannot draw')`,
    );
    assert.equal((await notebook.page.locator('.d2l-Plot svg').first().boundingBox())?.width, 420);
    const drawn = await notebook.page.evaluate<string>(`document.querySelector('.d2l-Plot').innerHTML`);
    assert.match(drawn, /<path/);
    assert.doesNotMatch(drawn, /image|onclick|url\(/);
    assert.deepEqual(notebook.pageErrors, []);
    await notebook.close();
  });

  void test('asks nothing of the network', async () => {
    const asked: string[] = [];
    const data = frame(100); // not the last of its curve: plotly.js comes when no more follow
    const notebook = await lab.openCells(
      [{ source: '1', outputs: [{ output_type: 'display_data', metadata: {}, data }] }],
      'python3',
      (page) => {
        page.on('request', (request) => asked.push(request.url()));
        return Promise.resolve();
      },
    );
    await notebook.page.waitForSelector('.d2l-Plot .js-line');
    const foreign = asked.filter((url) => !/^(data:|blob:|https?:\/\/127\.0\.0\.1:)/.test(url));
    assert.deepEqual(foreign, []);
    assert.equal(asked.filter((url) => url.includes('plotly')).length, 1);
    await notebook.close();
  });
});

void describe('JupyterLab without the renderer', { skip }, () => {
  let lab: Lab;
  before(async () => {
    lab = await Lab.start({ extension: false });
    writeFileSync(join(lab.work, 'frames.json'), JSON.stringify([frame(10), frame(20), frame(FRAMES - 1)]));
  });
  after(() => lab.stop());

  void test('shows the SVG twin and updates it', async () => {
    const notebook = await lab.openCells([live(3, 0.5)], 'python3');
    await notebook.runAll();
    await notebook.idle();
    const picture = notebook.output(0).locator('img');
    await picture.waitFor();
    const source = decodeURIComponent(String(await picture.getAttribute('src')));
    assert.match(source, /^data:image\/svg\+xml/);
    assert.equal(
      await notebook.page.evaluate(`document.querySelector('.jp-RenderedSVG img').naturalWidth`),
      420,
    );
    await notebook.screenshot('renderer-absent');
    await notebook.close();
  });
});
