/** @file A JupyterLab of its own for a test: own folder, own settings, own port, and a browser that looks at it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { install } from '../../kernel/install.js';
import { uninstallLabExtension } from '../../kernel/labextension.js';
import { launchChromium } from './chromium.js';
import { NotebookPage, type CellSource } from './notebook-page.js';
import { ROOT } from './project.js';

/** JupyterLab may take this long to answer on a slow machine, milliseconds. */
const START_LIMIT = 60_000;

/** What the test wants of its JupyterLab. */
export interface LabOptions {
  /** Whether our plot renderer is installed; true by default. */
  extension?: boolean;
  /** JupyterLab's name of a theme. */
  theme?: 'JupyterLab Light' | 'JupyterLab Dark';
  /** Environment for the server and its kernels. */
  env?: Record<string, string>;
}

/** A running JupyterLab with a browser; `stop` ends both and removes the folder. */
export class Lab {
  private constructor(
    private readonly server: ChildProcess,
    private readonly browser: Browser,
    private readonly folder: string,
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** Starts a server on a free port of 127.0.0.1, and a browser. */
  static async start(options: LabOptions = {}): Promise<Lab> {
    const folder = mkdtempSync(join(tmpdir(), 'd2l-lab-'));
    const port = await freePort();
    const token = randomBytes(16).toString('hex');
    const url = `http://127.0.0.1:${port}`;
    prepare(folder, options);
    const server = startServer(folder, port, token, options);
    try {
      await answer(url, server);
      return new Lab(server, await launchChromium(), folder, url, token);
    } catch (error) {
      server.kill();
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The folder that JupyterLab shows. */
  get work(): string {
    return join(this.folder, 'work');
  }

  /** Opens a notebook made of these cells. */
  openCells(
    cells: readonly CellSource[],
    kernel = 'd2l-ts',
    setUp?: (page: Page) => Promise<unknown>,
  ): Promise<NotebookPage> {
    return this.open(this.write(cells, kernel), setUp);
  }

  /** Writes a notebook made of these cells. @returns its name in the folder */
  write(cells: readonly CellSource[], kernel = 'd2l-ts'): string {
    const name = `test-${randomBytes(4).toString('hex')}.ipynb`;
    writeFileSync(join(this.work, name), JSON.stringify(notebook(cells, kernel)));
    return name;
  }

  /** Copies a notebook of the project into the folder and opens the copy. */
  async openCopy(path: string, name: string): Promise<NotebookPage> {
    cpSync(join(ROOT, path), join(this.work, name));
    return this.open(name);
  }

  /** Opens a notebook that lies in the folder; `setUp` sees the page before it is loaded. */
  open(name: string, setUp?: (page: Page) => Promise<unknown>): Promise<NotebookPage> {
    return this.#open(`lab/tree/${name}?reset&`, name, setUp);
  }

  /** Opens it in Notebook 7, which the same server offers. */
  openInNotebook(name: string): Promise<NotebookPage> {
    return this.#open(`notebooks/${name}?`, name);
  }

  async #open(at: string, name: string, setUp?: (page: Page) => Promise<unknown>): Promise<NotebookPage> {
    const page = await this.browser.newPage({ viewport: { width: 1100, height: 900 } });
    await setUp?.(page);
    await page.goto(`${this.url}/${at}token=${this.token}`);
    const opened = new NotebookPage(page, join(this.work, name));
    await opened.ready();
    return opened;
  }

  /** Ends the browser, the server and its kernels. */
  async stop(): Promise<void> {
    await this.browser.close();
    const ended = new Promise((done) => this.server.once('exit', done));
    this.server.kill('SIGTERM');
    const late = setTimeout(() => this.server.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Writes the settings that a test must not share with the user's own JupyterLab. */
function prepare(folder: string, { extension = true, theme = 'JupyterLab Light' }: LabOptions): void {
  for (const name of ['work', 'config/labconfig', 'runtime', 'data', 'prefix']) {
    mkdirSync(join(folder, name), { recursive: true });
  }
  install({ kind: 'prefix', folder: join(folder, 'prefix') });
  if (!extension) uninstallLabExtension(join(folder, 'prefix'));
  const disabledExtensions = {
    '@jupyterlab/apputils-extension:announcements': true,
    ...(extension ? {} : { 'd2l-ts-plot': true }),
  };
  writeFileSync(join(folder, 'config/labconfig/page_config.json'), JSON.stringify({ disabledExtensions }));
  writeFileSync(
    join(folder, 'config/labconfig/default_setting_overrides.json'),
    JSON.stringify({ '@jupyterlab/apputils-extension:themes': { theme } }),
  );
}

function startServer(folder: string, port: number, token: string, { env }: LabOptions): ChildProcess {
  const settings = [
    `--ServerApp.ip=127.0.0.1`,
    `--ServerApp.port=${port}`,
    `--ServerApp.port_retries=0`,
    `--ServerApp.root_dir=${join(folder, 'work')}`,
    `--IdentityProvider.token=${token}`,
    '--LabApp.expose_app_in_browser=True',
    '--JupyterNotebookApp.expose_app_in_browser=True',
    '--no-browser',
    ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
  ];
  return spawn(join(ROOT, '.venv/bin/jupyter-lab'), settings, {
    cwd: join(folder, 'work'),
    stdio: process.env['LAB_LOG'] === undefined ? 'ignore' : 'inherit',
    env: {
      ...process.env,
      JUPYTER_CONFIG_DIR: join(folder, 'config'),
      JUPYTER_DATA_DIR: join(folder, 'data'),
      JUPYTER_RUNTIME_DIR: join(folder, 'runtime'),
      JUPYTER_PATH: join(folder, 'prefix/share/jupyter'),
      ...env,
    },
  });
}

function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.once('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => found(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function answer(url: string, server: ChildProcess): Promise<void> {
  const limit = Date.now() + START_LIMIT;
  while (Date.now() < limit) {
    if (server.exitCode !== null) {
      throw new Error(
        `JupyterLab ended with code ${server.exitCode}: run the test with LAB_LOG=1 to see its log`,
      );
    }
    const reply = await fetch(`${url}/api`).catch(() => undefined);
    if (reply?.ok === true) return;
    await sleep(200);
  }
  throw new Error(`JupyterLab did not answer at ${url} within ${START_LIMIT / 1000} s`);
}

function notebook(cells: readonly CellSource[], kernel: string): object {
  return {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: kernel, display_name: kernel } },
    cells: cells.map((cell, i) => ({
      id: `cell-${i}`,
      cell_type: 'code',
      metadata: {},
      execution_count: null,
      source: typeof cell === 'string' ? cell : cell.source,
      outputs: typeof cell === 'string' ? [] : cell.outputs,
    })),
  };
}
