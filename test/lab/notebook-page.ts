/** @file A notebook open in the browser, with the things a reader does and sees. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { ROOT } from './project.js';

/** For scripts in the page: how many points the curves of a figure have, be it still a picture or plotly's. */
export const POINTS_OF = `((plot) => {
  const drawn = plot?.querySelector('.js-plotly-plot')?.data;
  if (drawn) return drawn.reduce((n, curve) => n + (curve.x?.length ?? 0), 0);
  return [...(plot?.querySelectorAll('svg svg path') ?? [])].reduce((n, path) => n + path.getAttribute('d').split('L').length, 0);
})`;

/** A code cell: its text, or its text with stored outputs. */
export type CellSource = string | { source: string; outputs: readonly object[] };

/** An output in a saved notebook. */
export interface SavedOutput {
  output_type: string;
  data?: Record<string, unknown>;
  text?: string | string[];
  ename?: string;
}

/** A notebook open in JupyterLab. */
export class NotebookPage {
  /** Errors that scripts of the page threw. */
  readonly pageErrors: string[] = [];

  constructor(
    readonly page: Page,
    readonly path: string,
  ) {
    page.on('pageerror', (error) => this.pageErrors.push(error.message));
  }

  /** Waits until the notebook is shown and its kernel is idle. */
  async ready(): Promise<void> {
    await this.page.waitForSelector('.jp-Notebook .jp-Cell', { timeout: 90_000 });
    await this.idle(90_000);
  }

  /** Waits until no cell runs or waits to run. */
  async idle(timeout = 60_000): Promise<void> {
    await this.page.waitForFunction(
      `jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle' &&
       ![...document.querySelectorAll('.jp-InputPrompt')].some((prompt) => prompt.textContent.includes('*'))`,
      undefined,
      { timeout, polling: 100 },
    );
  }

  /** Runs a command of JupyterLab, as its menus and keys do. */
  async command(id: string): Promise<void> {
    await this.page.evaluate(`void jupyterapp.commands.execute(${JSON.stringify(id)})`);
  }

  /** Starts one cell, counted from 0, and does not wait for it. */
  async run(cell: number): Promise<void> {
    await this.page.evaluate(`jupyterapp.shell.currentWidget.content.activeCellIndex = ${cell}`);
    await this.command('notebook:run-cell');
  }

  /** Starts all cells by the menu, and does not wait for them. */
  async runAll(): Promise<void> {
    await this.page.locator('.lm-MenuBar-itemLabel', { hasText: /^Run$/ }).click();
    await this.page.locator('.lm-Menu-itemLabel', { hasText: /^Run All Cells$/ }).click();
  }

  /** Presses the square button of the toolbar. */
  async stop(): Promise<void> {
    await this.page
      .locator('[data-command="notebook:interrupt-kernel"], [data-jp-item-name="interrupt"] jp-button')
      .first()
      .click();
  }

  /** The output area of a code cell, counted from 0. */
  output(cell: number): Locator {
    return this.page.locator('.jp-CodeCell').nth(cell).locator('.jp-Cell-outputArea');
  }

  /** All text that a code cell shows below its input. */
  async text(cell: number): Promise<string> {
    return (await this.output(cell).allInnerTexts()).join('\n');
  }

  /** Saves the notebook and reads the outputs of its code cells from the file. */
  async savedOutputs(): Promise<SavedOutput[][]> {
    await this.page.evaluate(`jupyterapp.commands.execute('docmanager:save')`);
    const saved = JSON.parse(readFileSync(this.path, 'utf8')) as { cells: { outputs?: SavedOutput[] }[] };
    return saved.cells.flatMap((cell) => (cell.outputs === undefined ? [] : [cell.outputs]));
  }

  /** Keeps a picture of the page in artifacts/, to be looked at. */
  async screenshot(name: string): Promise<void> {
    const folder = join(ROOT, 'artifacts');
    mkdirSync(folder, { recursive: true });
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  /** Closes the tab. */
  async close(): Promise<void> {
    await this.page.close();
  }
}
