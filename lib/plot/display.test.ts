import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { Display, findSink } from './display.js';

test('takes the display that our kernel offers before any other', () => {
  const sink = { display: (): void => undefined };
  assert.equal(findSink({ [Symbol.for('d2l-ts.display')]: sink }), sink);
});

test('finds no display in a terminal', () => {
  assert.equal(findSink({}), undefined);
  assert.equal(findSink({ [Symbol.for('d2l-ts.display')]: 'nonsense' }), undefined);
});

test('speaks to Deno as its notebook wants it', () => {
  const sent: [string, Record<string, unknown>][] = [];
  const broadcast = (type: string, content: Record<string, unknown>): Promise<void> => {
    sent.push([type, content]);
    return Promise.resolve();
  };
  const sink = findSink({ Deno: { jupyter: { broadcast } } });
  assert.ok(sink);
  const output = new Display(sink);
  output.show({ 'text/plain': 'one' });
  output.show({ 'text/plain': 'two' });
  assert.deepEqual(sent, [
    ['display_data', { data: { 'text/plain': 'one' }, metadata: {}, transient: { display_id: output.id } }],
    [
      'update_display_data',
      { data: { 'text/plain': 'two' }, metadata: {}, transient: { display_id: output.id } },
    ],
  ]);
});

test('is a terminal in Deno outside a notebook, where reading Deno.jupyter throws', () => {
  const host = {
    Deno: {
      get jupyter(): never {
        throw new Error('not in a notebook');
      },
    },
  };
  assert.equal(findSink(host), undefined);
});

test('sends tslab the whole bundle, past its one-type display', () => {
  const require = createRequire(import.meta.url);
  const path = require.resolve('tslab/dist/jupyter.js');
  const sent: unknown[] = [];
  const write = (message: unknown, update: boolean): void => void sent.push([message, update]);
  require.cache[path] = { exports: { lastWriteDisplayData: write } } as NodeJS.Module;
  try {
    const sink = findSink({});
    assert.ok(sink);
    const output = new Display(sink);
    output.show({ 'image/svg+xml': '<svg/>', 'text/plain': 'x' });
    output.show({ 'text/plain': 'y' });
    const transient = { display_id: output.id };
    assert.deepEqual(sent, [
      [{ data: { 'image/svg+xml': '<svg/>', 'text/plain': 'x' }, metadata: {}, transient }, false],
      [{ data: { 'text/plain': 'y' }, metadata: {}, transient }, true],
    ]);
  } finally {
    delete require.cache[path];
  }
});
