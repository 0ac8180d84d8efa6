import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test } from 'node:test';
import { findLibrary, packageRoot } from './library.js';

const FILE = process.platform === 'darwin' ? 'libtensorflow_cc.2.dylib' : 'libtensorflow_cc.so.2';

function makeLibrary(folder: string): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, FILE);
  writeFileSync(path, '');
  return path;
}

/** A project with a .venv, and a `python3` that answers with a folder of its own. */
function machine({ venv, python }: { venv: boolean; python: boolean }) {
  const root = mkdtempSync(join(tmpdir(), 'd2l-'));
  const own = join(root, '.venv/lib/python3.11/site-packages/tensorflow');
  const active = join(root, 'elsewhere/tensorflow');
  const bin = join(root, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'python3'), `#!/bin/sh\necho ${python ? active : ''}\n`);
  chmodSync(join(bin, 'python3'), 0o755);
  if (venv) makeLibrary(own);
  if (python) makeLibrary(active);
  const find = (env: NodeJS.ProcessEnv = {}) => {
    const path = process.env['PATH'];
    process.env['PATH'] = `${bin}${delimiter}${path}`;
    try {
      return findLibrary(env, root);
    } finally {
      process.env['PATH'] = path;
    }
  };
  return { root, own, active, find };
}

test('TF_LIB_DIR comes first, as the folder of the library or of site-packages', () => {
  const { root, find } = machine({ venv: true, python: true });
  const path = makeLibrary(join(root, 'named/tensorflow'));
  assert.deepEqual(find({ TF_LIB_DIR: join(root, 'named/tensorflow') }), { path, from: 'TF_LIB_DIR' });
  assert.deepEqual(find({ TF_LIB_DIR: join(root, 'named') }), { path, from: 'TF_LIB_DIR' });
});

test('a TF_LIB_DIR without the library is reported, not passed over', () => {
  const { find } = machine({ venv: true, python: true });
  assert.deepEqual(find({ TF_LIB_DIR: '/empty' }), {
    missing: `TF_LIB_DIR is /empty, which holds no ${FILE}; correct it or unset it`,
  });
});

test("the project's .venv comes second, the active Python third", () => {
  const both = machine({ venv: true, python: true });
  assert.deepEqual(both.find(), { path: join(both.own, FILE), from: "the project's .venv" });
  const active = machine({ venv: false, python: true });
  assert.deepEqual(active.find(), { path: join(active.active, FILE), from: 'the active Python' });
});

test('where there is none, the sentence names all three places and the next step', () => {
  const { root, find } = machine({ venv: false, python: false });
  const library = find();
  assert.ok('missing' in library);
  assert.equal(
    library.missing,
    `no ${FILE} in TF_LIB_DIR, ${join(root, '.venv')} or the active Python; run npm run setup`,
  );
});

test('the root of the package is found from anywhere inside it', () => {
  const root = packageRoot();
  assert.equal(packageRoot(join(root, 'lib', 'engine')), root);
  assert.throws(() => packageRoot('/'), /no package\.json of d2l-ts above \//);
});
