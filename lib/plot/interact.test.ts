import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { CONTROLS_MIME } from './controls.js';
import { interact } from './interact.js';
import { linePlot } from './line-plot.js';

interface Source {
  bundle(): Record<string, unknown>;
  set(values: Record<string, unknown>): void;
  run(): unknown;
}

const DOOR = Symbol.for('d2l-ts.panel');
const host = globalThis as Record<PropertyKey, unknown>;
let opened: Source | undefined;

beforeEach(() => {
  host[DOOR] = { open: (source: Source) => (opened = source) };
});
afterEach(() => {
  opened = undefined;
  delete host[DOOR];
});

function open(): Source {
  assert.ok(opened);
  return opened;
}

test('each kind of value becomes its control, and the function gets values of the same types', () => {
  interact(
    {
      temperature: [0.1, 2, 0.1],
      layers: { min: 1, max: 8, step: 1, value: 2 },
      greedy: false,
      prefix: 'time',
      model: ['LSTM', 'GRU'],
      hidden: { options: [16, 32, 64], value: 32 },
      again: { button: 'Sample again' },
    },
    ({ temperature, layers, greedy, prefix, model, hidden, again }) => {
      const typed: [number, number, boolean, string, 'LSTM' | 'GRU', 16 | 32 | 64, number] = [
        temperature,
        layers,
        greedy,
        prefix,
        model,
        hidden,
        again,
      ];
      return typed;
    },
  );
  assert.deepEqual(open().run(), [1, 2, false, 'time', 'LSTM', 32, 0]);
  open().set({ temperature: 0.7, greedy: true, prefix: 'the', model: 1, hidden: 2, again: 1 });
  assert.deepEqual(open().run(), [0.7, 2, true, 'the', 'GRU', 64, 1]);
});

test('a slider stays within its bounds, and what does not fit a control is left aside', () => {
  interact({ t: [0, 1, 0.1], kind: ['a', 'b'] }, ({ t, kind }) => [t, kind]);
  open().set({ t: 7, kind: 9, unknown: 1 });
  assert.deepEqual(open().run(), [1, 'a']);
  open().set({ t: 'warm', kind: 1 });
  assert.deepEqual(open().run(), [1, 'b']);
  open().set({ t: 0.1 + 0.2 });
  assert.deepEqual(open().run(), [0.3, 'b']);
});

test('the controls say their values where they cannot be drawn', () => {
  interact({ t: [0, 1, 0.1], prefix: '<b>', again: { button: 'Again' } }, () => undefined);
  const bundle = open().bundle();
  assert.equal(bundle['text/plain'], 't = 0.5, prefix = "<b>"');
  assert.equal(bundle['text/html'], '<p>t = <b>0.5</b></p><p>prefix = <b>&quot;&lt;b&gt;&quot;</b></p>');
  assert.deepEqual((bundle[CONTROLS_MIME] as { controls: unknown[] }).controls[0], {
    name: 't',
    kind: 'slider',
    min: 0,
    max: 1,
    step: 0.1,
    value: 0.5,
  });
});

test('a control that makes no sense is refused with the next step', () => {
  assert.throws(() => interact({ t: [2, 1, 0.1] }, () => 0), /t goes from 2 to 1 .*: give \[smallest/);
  assert.throws(() => interact({ t: [0, 1, 0] }, () => 0), /in steps of 0/);
  assert.throws(() => interact({ m: [] as string[] }, () => 0), /m has no options/);
  assert.throws(
    () => interact({ h: { options: [1, 2], value: 3 as number } }, () => 0),
    /h begins with 3, which is none of 1, 2/,
  );
});

test('without a kernel that can, the function runs once and the reason is said once', () => {
  delete host[DOOR];
  const log = mock.method(console, 'log', () => undefined);
  interact({ t: [0, 1, 0.1] }, ({ t }) => `text at ${t}`);
  interact({ t: [0, 1, 0.1] }, ({ t }) => linePlot([0, 1], [t, t], { legend: ['flat'] }));
  const lines = log.mock.calls.map((call) => stripVTControlCharacters(String(call.arguments[0])));
  log.mock.restore();
  assert.deepEqual(lines.slice(0, 4), [
    'interact: nothing can be turned here; sliders need the kernel of d2l-ts in JupyterLab',
    't = 0.5',
    'text at 0.5',
    't = 0.5',
  ]);
  assert.match(lines[4] ?? '', /^flat /);
  assert.equal(lines.length, 5);
});
