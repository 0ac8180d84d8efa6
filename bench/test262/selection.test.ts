import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { passInNode } from './plain.js';
import { sample, selectTests } from './selection.js';

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'd2l-test262-'));
  const files = {
    'harness/assert.js': 'function assert(x) { if (!x) throw new Test262Error() }',
    'harness/sta.js': 'class Test262Error extends Error {}',
    'harness/more.js': 'var more = 1;',
    'harness/other.js': 'var other = 2;',
    'test/language/expressions/plain.js': '/*---\ndescription: x\n---*/\nassert(this.x === undefined);',
    'test/language/expressions/includes.js':
      '/*---\nincludes: [more.js, other.js]\n---*/\nassert(more < other);',
    'test/language/expressions/lines.js':
      '/*---\nincludes:\n  - more.js\n  - other.js\nflags: [generated]\n---*/\nother;',
    'test/language/expressions/wrong.js': '/*---\n---*/\nassert(false);',
    'test/language/expressions/fails.js': '/*---\n---*/\nundeclared;',
    'test/language/expressions/sloppy.js': '/*---\nflags: [generated, noStrict]\n---*/\nwith ({}) {}',
    'test/language/expressions/late.js': '/*---\nflags: [async]\n---*/\n$DONE()',
    'test/language/expressions/negative.js': '/*---\nnegative:\n  phase: parse\n---*/\n1 +',
    'test/language/expressions/a_FIXTURE.js': 'export default 1',
    'test/language/export/own.js': '/*---\n---*/\n1',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
});
after(() => rmSync(folder, { recursive: true }));

test('chooses what a cell can be asked for, with the harness before it', () => {
  const tests = selectTests(folder, /./);
  const names = ['fails', 'includes', 'lines', 'plain', 'wrong'].map((name) => `expressions/${name}`);
  assert.deepEqual(
    tests.map(({ name }) => name),
    names,
  );
  for (const { text } of tests.slice(1, 3))
    assert.match(text, /function assert[^]*class Test262Error[^]*var more = 1;[^]*var other = 2;/);
  assert.deepEqual(
    selectTests(folder, /pl.in/).map(({ name }) => name),
    ['expressions/plain'],
  );
});

test('a folder that is no copy is named', () => {
  assert.throws(
    () => selectTests(join(folder, 'harness'), /./),
    /FOLDER is to be a copy of github\.com\/tc39\/test262/,
  );
});

test('keeps what plain Node passes, each in a context of its own', async () => {
  const passed = await passInNode(selectTests(folder, /./), 2);
  assert.deepEqual(
    passed.map(({ name }) => name),
    ['expressions/includes', 'expressions/lines', 'expressions/plain'],
  );
});

test('a test that takes its process down is lost alone', async () => {
  const end = 'this.constructor.constructor("return process")().exit(1)';
  const tests = ['1', end, '2'].map((text, i) => ({ name: `t${i}`, text }));
  assert.deepEqual(
    (await passInNode(tests, 1)).map(({ name }) => name),
    ['t0', 't2'],
  );
});

test('a sample is the same for a seed, in order', () => {
  const all = Array.from({ length: 50 }, (_, i) => i);
  const some = sample(all, 10, 1);
  assert.equal(some.length, 10);
  assert.deepEqual(some, sample(all, 10, 1));
  assert.deepEqual(
    some,
    [...some].sort((a, b) => a - b),
  );
  assert.notDeepEqual(some, sample(all, 10, 2));
  assert.deepEqual(sample(all, 100, 3), all);
});
