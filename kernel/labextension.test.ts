import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { installLabExtension, missingFiles, uninstallLabExtension } from './labextension.js';

interface Manifest {
  name: string;
  jupyterlab: { _build: { load: string; mimeExtension: string } };
}

let prefix: string;
beforeEach(() => {
  prefix = mkdtempSync(join(tmpdir(), 'd2l-prefix-'));
});
afterEach(() => rmSync(prefix, { recursive: true, force: true }));

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

test('installs a complete extension where JupyterLab looks for it', () => {
  const folder = installLabExtension(prefix);
  assert.equal(folder, join(prefix, 'share/jupyter/labextensions/d2l-ts-plot'));
  const { name, jupyterlab } = manifestOf(folder);
  assert.equal(name, 'd2l-ts-plot');
  assert.match(
    readFileSync(join(folder, jupyterlab._build.load), 'utf8'),
    /application\/vnd\.d2l\.plot\+json/,
  );
  for (const [, file] of readFileSync(join(folder, jupyterlab._build.load), 'utf8').matchAll(
    /'([\w-]+\.js)'/g,
  )) {
    assert.ok(existsSync(join(folder, 'static', String(file))), file);
  }
  assert.match(
    readFileSync(join(folder, 'static/plotly.min.js'), 'utf8').slice(0, 200),
    /plotly\.js .*cartesian/i,
  );
});

test('an install replaces what an older one left', () => {
  const folder = installLabExtension(prefix);
  const stale = join(folder, 'static/remoteEntry.000000000000.js');
  writeFileSync(stale, '');
  installLabExtension(prefix);
  assert.equal(existsSync(stale), false);
});

test('symlink: true links the files, so that a change of the renderer needs no install', () => {
  const folder = installLabExtension(prefix, { symlink: true });
  const entry = join(folder, manifestOf(folder).jupyterlab._build.load);
  assert.ok(lstatSync(entry).isSymbolicLink());
  assert.match(readFileSync(entry, 'utf8'), /plot-view\.js/);
});

test('uninstall removes the extension and says whether there was one', () => {
  const folder = installLabExtension(prefix);
  assert.equal(uninstallLabExtension(prefix), true);
  assert.equal(existsSync(folder), false);
  assert.equal(uninstallLabExtension(prefix), false);
});

test('a part that is gone is told of', () => {
  const folder = installLabExtension(prefix);
  assert.deepEqual(missingFiles(folder), []);
  const lost = ['static/plotly.min.js', 'static/plot-view.js', manifestOf(folder).jupyterlab._build.load];
  for (const file of lost) rmSync(join(folder, file));
  assert.deepEqual(missingFiles(folder).sort(), lost.sort());
  rmSync(join(folder, 'package.json'));
  assert.throws(() => missingFiles(folder), /package\.json/);
});

test('Jupyter’s data can lie elsewhere than in the prefix', () => {
  const data = join(prefix, 'Library', 'Jupyter');
  const folder = installLabExtension(prefix, { data });
  assert.equal(folder, join(data, 'labextensions/d2l-ts-plot'));
  assert.deepEqual(missingFiles(folder), []);
  assert.equal(uninstallLabExtension(prefix, data), true);
});
