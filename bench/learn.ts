/**
 * @file What the models learn: `npm run bench -- learn [MODEL …] [--seeds n] [--json FILE]`. Each runs the lecture's own
 * settings on the real text and prints perplexities beside the range PyTorch reached with the same code (d2l 1.0, three
 * seeds); exit code 1 when one ends above its bound.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as d2l from '../lib/main.js';
import { GRUScratch, LSTMScratch, StackedRNNScratch } from '../lib/test/scratch-models.js';

interface Experiment {
  lr: number;
  epochs: number;
  /** Largest perplexities accepted, and what PyTorch came to: train / validation. */
  bound: readonly [train: number, val: number];
  pytorch: string;
  build(vocabSize: number, lr: number): d2l.Module;
}

const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  LSTMScratch: {
    lr: 4,
    epochs: 60,
    bound: [7, 7.8],
    pytorch: '6.7–6.9 / 7.3–7.6',
    build: (size, lr) => new d2l.RNNLMScratch(new LSTMScratch(size, 32), size, lr),
  },
  LSTM: {
    lr: 4,
    epochs: 60,
    bound: [6, 7.1],
    pytorch: '5.5–5.8 / 6.8–6.9',
    build: (size, lr) => new d2l.RNNLM(new d2l.LSTM(size, 32), size, lr),
  },
  GRUScratch: {
    lr: 4,
    epochs: 60,
    bound: [6, 7.1],
    pytorch: '5.7–5.9 / 6.9',
    build: (size, lr) => new d2l.RNNLMScratch(new GRUScratch(size, 32), size, lr),
  },
  GRU: {
    lr: 4,
    epochs: 60,
    bound: [5.3, 6.9],
    pytorch: '4.9–5.1 / 6.7',
    build: (size, lr) => new d2l.RNNLM(new d2l.GRU(size, 32), size, lr),
  },
  StackedRNNScratch: {
    lr: 2,
    epochs: 100,
    bound: [5.8, 7.6],
    pytorch: '5.3–5.5 / 6.7–7.4',
    build: (size, lr) => new d2l.RNNLMScratch(new StackedRNNScratch(size, 32, 2), size, lr),
  },
  GRU2: {
    lr: 2,
    epochs: 100,
    bound: [4.4, 6.9],
    pytorch: '4.1–4.2 / 6.3–6.7',
    build: (size, lr) => new d2l.RNNLM(new d2l.GRU(size, 32, 2), size, lr),
  },
};

interface Row {
  model: string;
  seed: number;
  train_ppl: number;
  val_ppl: number;
  seconds: number;
  text: string;
  within: boolean;
}

async function learn(model: string, seed: number): Promise<Row> {
  const { lr, epochs, bound, build } = EXPERIMENTS[model]!;
  d2l.seed(seed);
  const data = new d2l.TimeMachine(1024, 32);
  const net = build(data.vocab.length, lr) as d2l.RNNLMScratch;
  net.board.display = false;
  const trainer = new d2l.Trainer({ maxEpochs: epochs, gradientClipVal: 1 });
  const start = performance.now();
  await trainer.fit(net, data);
  const seconds = (performance.now() - start) / 1000;
  const { train_ppl, val_ppl } = trainer.history.at(-1) as unknown as { train_ppl: number; val_ppl: number };
  const text = net.predict('time traveller', 50, data.vocab);
  return {
    model,
    seed,
    train_ppl,
    val_ppl,
    seconds,
    text,
    within: train_ppl <= bound[0] && val_ppl <= bound[1],
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: 'string', default: '3' }, json: { type: 'string' } },
});
const unknown = positionals.find((name) => !EXPERIMENTS[name]);
if (unknown)
  throw new Error(`there is no model ${unknown}; choose of ${Object.keys(EXPERIMENTS).join(', ')}`);

const { name, reason } = d2l.backendInfo();
console.log(`backend ${name}: ${reason}`);
const rows: Row[] = [];
for (const model of positionals.length ? positionals : Object.keys(EXPERIMENTS)) {
  for (let seed = 0; seed < Number(values.seeds); seed++) {
    const row = await learn(model, seed);
    rows.push(row);
    const { bound, pytorch } = EXPERIMENTS[model]!;
    const result = `${row.train_ppl.toFixed(2)} / ${row.val_ppl.toFixed(2)}`;
    const limits = `bound ${bound.join(' / ')}, PyTorch ${pytorch}`;
    console.log(
      `${row.within ? 'ok  ' : 'HIGH'} ${model} seed ${seed}: ${result} (${limits}), ${row.seconds.toFixed(1)} s`,
    );
    console.log(`     ${row.text}`);
  }
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ backend: name, rows }, null, 2)}\n`);
process.exitCode = rows.every((row) => row.within) ? 0 : 1;
