import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { ProgressBoard } from './board.js';
import type { DisplayOptions, MimeBundle } from './display.js';
import { PLOT_MIME, PLOTLY_MIME } from './figure.js';
import type { Clock } from './throttle.js';

const SINK = Symbol.for('d2l-ts.display');
const host = globalThis as Record<symbol, unknown>;

interface Shown {
  data: MimeBundle;
  options: DisplayOptions;
}

/** A notebook that remembers what it was shown. */
class Notebook {
  readonly shown: Shown[] = [];
  readonly tasks: (() => void)[] = [];

  display(data: MimeBundle, options: DisplayOptions = {}): void {
    this.shown.push({ data, options });
  }

  beforeIdle(task: () => void): void {
    this.tasks.push(task);
  }
}

/** A clock that moves only when told to. */
class TestClock implements Clock {
  time = 0;
  #timers: { at: number; task: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(delay: number, task: () => void): () => void {
    const timer = { at: this.time + delay, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  forward(ms: number): void {
    this.time += ms;
    const due = this.#timers.filter((timer) => timer.at <= this.time);
    this.#timers = this.#timers.filter((timer) => timer.at > this.time);
    for (const { task } of due) task();
  }
}

let notebook: Notebook;
beforeEach(() => {
  notebook = new Notebook();
  host[SINK] = notebook;
});
afterEach(() => {
  delete host[SINK];
  mock.restoreAll();
});

function xs(board: ProgressBoard, label: string): number[] {
  return (board.data.get(label) ?? []).map((point) => Number(point.x.toFixed(6)));
}

test('plots two training points and one validation point an epoch where d2l does', () => {
  const board = new ProgressBoard({ xlabel: 'epoch' });
  const [trainBatches, valBatches] = [10, 5];
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let i = 0; i < trainBatches; i++) {
      board.draw((epoch * trainBatches + i) / trainBatches, 1, 'train_loss', trainBatches / 2);
    }
    for (let i = 0; i < valBatches; i++) board.draw(epoch + 1, 1, 'val_loss', valBatches / 1);
  }
  assert.deepEqual(xs(board, 'train_loss'), [0.2, 0.7, 1.2, 1.7]);
  assert.deepEqual(xs(board, 'val_loss'), [1, 2]);
});

test('draws the mean of the pending points and holds back the rest', () => {
  const board = new ProgressBoard();
  for (const [x, y] of [
    [0, 1],
    [1, 2],
    [2, 6],
    [3, 100],
  ] as const) {
    board.draw(x, y, 'loss', 3);
  }
  board.finish();
  assert.deepEqual(board.data.get('loss'), [{ x: 1, y: 3 }]);
});

test('takes everyN of 0, a fraction or NaN as at least one point', () => {
  const board = new ProgressBoard();
  board.draw(1, 1, 'zero', 0);
  board.draw(1, 1, 'half', 0.5);
  board.draw(1, 1, 'nan', NaN);
  board.draw(1, 1, 'two and a half', 2.5);
  board.draw(3, 1, 'two and a half', 2.5);
  assert.deepEqual(
    [...board.data].map(([label, points]) => [label, points.length]),
    [
      ['zero', 1],
      ['half', 1],
      ['nan', 1],
      ['two and a half', 1],
    ],
  );
});

test("gives the curves d2l's colours and dashes in the order of their first point", () => {
  const board = new ProgressBoard();
  for (const label of ['a', 'b', 'c', 'd']) board.draw(0, 0, label);
  const marks = board.chart.marks.map((mark) =>
    mark.type === 'line' ? [mark.label, mark.color, mark.style] : [],
  );
  assert.deepEqual(marks, [
    ['a', '#1f77b4', '-'],
    ['b', '#ff7f0e', '--'],
    ['c', '#2ca02c', '-.'],
    ['d', '#d62728', ':'],
  ]);
});

test("updates one output in place and adds plotly's own type to the last frame only", () => {
  const clock = new TestClock();
  const board = new ProgressBoard({}, clock);
  for (let i = 0; i < 3; i++) {
    board.draw(i, i, 'loss');
    clock.forward(100);
  }
  board.finish();
  const { shown } = notebook;
  assert.equal(new Set(shown.map(({ options }) => options.displayId)).size, 1);
  assert.deepEqual(
    shown.map(({ options }) => options.update),
    [false, true, true, true],
  );
  assert.deepEqual(
    shown.map(({ data }) => PLOTLY_MIME in data),
    [false, false, false, true],
  );
  assert.ok(shown.every(({ data }) => PLOT_MIME in data && 'image/svg+xml' in data && 'text/plain' in data));
});

test('shows the first point at once and redraws at most ten times a second', () => {
  const clock = new TestClock();
  const board = new ProgressBoard({}, clock);
  board.draw(0, 0, 'loss');
  assert.equal(notebook.shown.length, 1);
  for (let i = 1; i <= 1000; i++) {
    clock.forward(1);
    board.draw(i, i, 'loss');
  }
  assert.ok(notebook.shown.length <= 11, `${notebook.shown.length} frames in a second`);
  assert.ok(notebook.shown.length >= 10, `${notebook.shown.length} frames in a second`);
});

test('draws the points a plain loop left over before the cell is reported as done', () => {
  const board = new ProgressBoard({}, new TestClock());
  for (let i = 0; i < 10; i++) board.draw(i, i, 'loss');
  assert.equal(notebook.shown.length, 1);
  for (const task of notebook.tasks.splice(0)) task();
  assert.equal(notebook.shown.length, 2);
  assert.match(String(notebook.shown[1]?.data['text/plain']), /9\.00/);

  // the next cell goes on with the same board
  for (let i = 10; i < 20; i++) board.draw(i, i, 'loss');
  assert.equal(notebook.tasks.length, 1);
  for (const task of notebook.tasks) task();
  assert.match(String(notebook.shown.at(-1)?.data['text/plain']), /19\.0/);
});

test('finish is final once, and the next point begins a new figure with a new output', () => {
  const board = new ProgressBoard({}, new TestClock());
  board.draw(0, 1, 'loss');
  board.finish();
  board.finish();
  assert.equal(notebook.shown.length, 2);
  assert.equal(board.data.get('loss')?.length, 1);
  board.draw(5, 1, 'loss');
  assert.deepEqual(xs(board, 'loss'), [5]);
  assert.equal(notebook.shown.length, 3);
  assert.notEqual(notebook.shown[2]?.options.displayId, notebook.shown[0]?.options.displayId);
});

test('keeps the points and shows nothing with display: false', () => {
  const board = new ProgressBoard({ display: false });
  board.draw(0, 1, 'loss');
  board.finish();
  assert.equal(notebook.shown.length, 0);
  assert.equal(board.data.get('loss')?.length, 1);
});

test('two boards in one cell have an output each', () => {
  const boards = [new ProgressBoard(), new ProgressBoard()];
  for (const board of boards) board.draw(0, 1, 'loss');
  assert.equal(new Set(notebook.shown.map(({ options }) => options.displayId)).size, 2);
});

test('prints a plain line an epoch where there is no notebook', () => {
  delete host[SINK];
  const log = mock.method(console, 'log', () => undefined);
  const board = new ProgressBoard({ xlabel: 'epoch' });
  for (let epoch = 0; epoch < 2; epoch++) {
    board.draw(epoch + 0.2, 3 - epoch, 'train_loss');
    board.draw(epoch + 0.7, 2.5 - epoch, 'train_loss');
    board.draw(epoch + 1, 2 - epoch, 'val_loss');
  }
  board.finish();
  assert.deepEqual(
    log.mock.calls.map((call): unknown => call.arguments[0]),
    ['epoch 1: train_loss 2.50, val_loss 2.00', 'epoch 2: train_loss 1.50, val_loss 1.00'],
  );
});

test('says where training stands beside the label of x until it is finished, and in a terminal before the figures', () => {
  const shown: unknown[] = [];
  host[SINK] = { display: (data: Record<string, unknown>) => shown.push(data['text/plain']) };
  const clock = new TestClock();
  const board = new ProgressBoard({ xlabel: 'epoch' }, clock);
  board.draw(1, 2, 'loss');
  clock.forward(5000);
  board.showProgress(2, '2 of 9, 7 s left'); // no point came, but two seconds passed
  board.showProgress(2, '2 of 9, 6 s left');
  board.finish();
  assert.deepEqual(
    shown.map((text) => /x: .*/.exec(String(text))?.[0]),
    ['x: epoch', 'x: epoch 2 of 9, 7 s left', 'x: epoch'],
  );
  delete host[SINK];
  const log = mock.method(console, 'log', () => undefined);
  const terminal = new ProgressBoard({ xlabel: 'epoch' });
  terminal.showProgress(1, '1 of 2, 1 min 5 s left');
  terminal.draw(1, 2, 'loss');
  terminal.showProgress(2, '2 of 2');
  terminal.draw(2, 1, 'loss');
  terminal.finish();
  assert.deepEqual(
    log.mock.calls.map((call): unknown => call.arguments[0]),
    ['epoch 1 of 2, 1 min 5 s left: loss 2.00', 'epoch 2 of 2: loss 1.00'],
  );
  log.mock.restore();
});

test('costs less than 3 % of a second when a curve of 300 points is redrawn all the time', () => {
  const clock = new TestClock();
  const board = new ProgressBoard({}, clock);
  const cost = 4; // ms that the notebook takes for a frame
  notebook.display = (data, options): void => {
    clock.time += cost;
    notebook.shown.push({ data, options: options ?? {} });
  };
  for (let i = 0; i < 10_000; i++) {
    clock.forward(1);
    board.draw(i, i, 'loss', 34);
  }
  assert.ok(
    (notebook.shown.length * cost) / clock.time < 0.03,
    `${notebook.shown.length} frames of ${cost} ms`,
  );
});
