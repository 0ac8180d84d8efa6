/**
 * @file Our training step against PyTorch's: `npm run bench -- train W2 W9 [--backend b] [--threads n] [--rounds n]
 * [--epochs n] [--eager] [--json FILE]`. Both sides run in turn, each in a process of its own, for a number of rounds.
 * `D2L_TORCH` names the command of the PyTorch side, e.g. `D2L_TORCH="python bench.py"`; without it only ours is timed.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Options, Timing } from './train/one.js';

/** One row of the table. */
interface Row {
  readonly workload: string;
  readonly backend: string;
  readonly threads: number;
  readonly ours_ms: number;
  /** Smallest and largest median of a round. */
  readonly ours_spread_ms: readonly [number, number];
  readonly first_step_ms: number;
  readonly epoch_ms: number;
  readonly memory_mb: number;
  readonly peer: string;
  readonly peer_ms: number | null;
  readonly ratio: number | null;
}

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '5' },
    eager: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

function run(command: string, commandArgs: string[], env: Record<string, string> = {}): unknown {
  const child = spawnSync(command, commandArgs, {
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = child.stdout?.trim().split('\n').at(-1);
  if (child.status !== 0 || !line) throw new Error(`${command} ${commandArgs.join(' ')} failed: see above`);
  return JSON.parse(line);
}

function ours(workload: string): Timing {
  const options: Options = { epochs: Number(args.epochs), capture: !args.eager };
  const script = fileURLToPath(new URL('./train/one.js', import.meta.url));
  const env = { D2L_THREADS: args.threads, ...(args.backend ? { D2L_BACKEND: args.backend } : {}) };
  return run(process.execPath, [script, workload, JSON.stringify(options)], env) as Timing;
}

/** PyTorch's median step in milliseconds. */
function peer(workload: string): number | undefined {
  const [command, ...rest] = (process.env['D2L_TORCH'] ?? '').split(' ').filter(Boolean);
  if (!command) return undefined;
  const answer = run(command, [...rest, workload, '--threads', args.threads, '--epochs', args.epochs]);
  return (answer as { step_ms: { median: number } }).step_ms.median;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));

function measure(workload: string): Row {
  const timings: Timing[] = [];
  const peers: number[] = [];
  for (let i = 0; i < Number(args.rounds); i++) {
    timings.push(ours(workload));
    const theirs = peer(workload);
    if (theirs !== undefined) peers.push(theirs);
  }
  const medians = timings.map((timing) => timing.median);
  return {
    workload,
    backend: timings[0]?.backend ?? '',
    threads: Number(args.threads),
    ours_ms: round(median(medians)),
    ours_spread_ms: [round(Math.min(...medians)), round(Math.max(...medians))],
    first_step_ms: round(median(timings.map((timing) => timing.first)), 0),
    epoch_ms: round(median(timings.map((timing) => timing.epoch)), 0),
    memory_mb: round(median(timings.map((timing) => timing.memory)) / 1e6, 0),
    peer: 'PyTorch',
    peer_ms: peers.length ? round(median(peers)) : null,
    // each of our rounds stands beside the peer's of the same minute
    ratio: peers.length ? round(median(peers.map((ms, i) => (medians[i] ?? NaN) / ms)), 3) : null,
  };
}

const rows: Row[] = [];
for (const workload of positionals.length ? positionals : ['W2', 'W9']) {
  const row = measure(workload);
  rows.push(row);
  const beside = row.peer_ms === null ? '' : `  PyTorch ${row.peer_ms} ms  ratio ${row.ratio}`;
  const spread = row.ours_spread_ms.join('-');
  console.log(
    `${workload.padEnd(4)} ${row.backend} ${row.ours_ms} ms (${spread})  first ${row.first_step_ms} ms  ` +
      `epoch ${row.epoch_ms} ms  ${row.memory_mb} MB${beside}`,
  );
}
if (args.json) writeFileSync(args.json, `${JSON.stringify({ rows }, null, 2)}\n`);
