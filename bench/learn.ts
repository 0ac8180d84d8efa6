/**
 * @file What the models learn: `npm run bench -- learn [MODEL …] [--seeds n] [--json FILE]`. Each runs the lecture's own
 * settings on the real text and prints its figures beside the range PyTorch reached with the same code (d2l 1.0, three
 * seeds; five for Seq2Seq); exit code 1 when one ends out of its bounds. FILE keeps what other runs found for other models.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as d2l from '../lib/main.js';
import { EXPERIMENTS, type Outcome } from './learn/experiments.js';

interface Row extends Outcome {
  model: string;
  seed: number;
  backend: string;
}

/** Writes the rows into a file of results, in place of older rows of the same models. */
function store(path: string, rows: readonly Row[]): void {
  const old = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { rows: Row[] }).rows : [];
  const run = new Set(rows.map(({ model }) => model));
  const order = Object.keys(EXPERIMENTS);
  const all = [...old.filter(({ model }) => !run.has(model)), ...rows].sort(
    (a, b) => order.indexOf(a.model) - order.indexOf(b.model) || a.seed - b.seed,
  );
  writeFileSync(path, `${JSON.stringify({ rows: all }, null, 2)}\n`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '3' }, json: { type: 'string' } },
});
const unknown = positionals.find((name) => !EXPERIMENTS[name]);
if (unknown)
  throw new Error(`there is no model ${unknown}; choose of ${Object.keys(EXPERIMENTS).join(', ')}`);

const { name: backend, reason } = d2l.backendInfo();
console.log(`backend ${backend}: ${reason}`);
const rows: Row[] = [];
for (const model of positionals.length ? positionals : Object.keys(EXPERIMENTS)) {
  const { range, run } = EXPERIMENTS[model]!;
  for (let seed = 0; seed < Number(values.seeds); seed++) {
    d2l.seed(seed);
    const outcome = await run();
    rows.push({ model, seed, backend, ...outcome });
    const figures = Object.entries(outcome.figures).map(([name, value]) => `${name} ${value.toFixed(3)}`);
    console.log(
      `${outcome.within ? 'ok  ' : 'OUT '} ${model} seed ${seed}: ${figures.join(', ')} (${range}), ${outcome.seconds.toFixed(1)} s`,
    );
    console.log(`     ${outcome.text}`);
    if (values.json) store(values.json, rows);
  }
}
process.exitCode = rows.every((row) => row.within) ? 0 : 1;
