import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { checkNode, repair } from './repair.js';

let top: string;
beforeEach(() => (top = mkdtempSync(join(tmpdir(), 'd2l-repair-'))));
afterEach(() => rmSync(top, { recursive: true }));

function folder(...parts: string[]): string {
  const path = join(top, ...parts);
  mkdirSync(path, { recursive: true });
  return path;
}

test('a clone is set up again', () => {
  writeFileSync(join(folder('scripts'), 'setup.mjs'), '');
  assert.deepEqual(
    { ...repair(top), command: '' },
    { packages: 'run npm ci again', files: 'run npm run build', command: '' },
  );
  assert.match(repair(top).command, /^node \//);
});

test('a global package is installed again, a clone in it or not', () => {
  const path = folder('lib', 'node_modules', 'd2l-ts');
  writeFileSync(join(folder('lib', 'node_modules', 'd2l-ts', 'scripts'), 'setup.mjs'), '');
  assert.match(repair(path).packages, /^run npm install -g --ignore-scripts again/);
  assert.equal(repair(path).command, 'd2l-ts');
});

test('a project’s package is installed again in that project', () => {
  const path = folder('project', 'node_modules', 'd2l-ts');
  writeFileSync(join(top, 'project', 'package.json'), '{}');
  assert.equal(
    repair(path).files,
    `remove ${path} and run npm install --ignore-scripts in ${join(top, 'project')}`,
  );
  assert.equal(repair(path).command, 'npx d2l-ts');
});

test('any other copy, as in an image, is got anew', () => {
  assert.match(repair(top).packages, /^get this copy anew/);
});

test('an old Node is told from one that will do', () => {
  assert.equal(checkNode('v20.1.0', 'this'), 'v20.1.0');
  assert.throws(() => checkNode('v18.20.0', 'this'), /this is v18\.20\.0; install Node\.js 20/);
});
