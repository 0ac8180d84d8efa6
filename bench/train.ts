/**
 * @file Our training step against PyTorch's: `npm run bench -- train [W1 … W9 W9b] [--backend b] [--threads n]
 * [--rounds n] [--epochs n] [--eager] [--scale [batch=64,1024]] [--plot] [--json FILE]`. Both sides run in turn, each in
 * a process of its own, for a number of rounds; `D2L_TORCH` names the command of the PyTorch side, e.g.
 * `D2L_TORCH="python bench.py --max-s 60"`, and without it only ours is timed; beside `--backend wasm` `D2L_JAX` names
 * the module of jax-js (`train/jax.ts`). On a busy machine compare the minima, and our
 * processor time per step with our time per step: where they are equal another process had the second core.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Options, Timing } from './train/one.js';

/** One row of the table. */
interface Row {
  readonly workload: string;
  readonly backend: string;
  readonly threads: number;
  readonly ours_ms: number;
  readonly ours_min_ms: number;
  /** Smallest and largest median of a round. */
  readonly ours_spread_ms: readonly [number, number];
  readonly ours_cpu_ms: number;
  readonly first_step_ms: number;
  readonly epoch_ms: number;
  readonly memory_mb: number;
  readonly peer: string;
  readonly peer_ms: number | null;
  readonly peer_min_ms: number | null;
  /** The largest resident size of the peer's process, where /proc tells. */
  readonly peer_memory_mb: number | null;
  readonly ratio: number | null;
  readonly ratio_of_minima: number | null;
  /** The machine's load when the row was done: above its number of cores the row was disturbed. */
  readonly load: number;
}

/** How a step grows with one size. */
interface ScaleRow {
  readonly workload: string;
  readonly size: string;
  readonly value: number;
  readonly ours_min_ms: number;
  readonly ours_cpu_ms: number;
  /** Least time for one unit of the size, relative to the row before: 1 is linear. */
  readonly growth: number | null;
  /** The same of processor time, which a busy machine disturbs less. */
  readonly growth_cpu: number | null;
  readonly load: number;
}

const ALL = ['W1', 'W2', 'W3', 'W4', 'W5', 'W6', 'W7', 'W8', 'W9', 'W9b'];
const SIZES: Record<string, readonly number[]> = {
  batch: [64, 256, 1024, 4096, 8192],
  steps: [8, 32, 128, 256],
  hiddens: [32, 128, 512, 1024],
};

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    backend: { type: 'string' },
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    epochs: { type: 'string', default: '5' },
    eager: { type: 'boolean', default: false },
    /** `batch=64,1024`, also several times; `all` for the sizes. */
    scale: { type: 'string', multiple: true },
    plot: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

/** The largest resident size of a process until now, in bytes; 0 where it cannot be known. */
function peakMemory(pid: number | undefined): number {
  try {
    const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return 1024 * Number(peak ?? 0);
  } catch {
    return 0; // it has ended, or the system has no /proc
  }
}

/** The JSON in the last line that a command prints, and the memory it took. */
async function run(command: string, commandArgs: string[], env: Record<string, string> = {}) {
  const child = spawn(command, commandArgs, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let memory = 0;
  const watch = setInterval(() => (memory = Math.max(memory, peakMemory(child.pid))), 100);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  }).finally(() => clearInterval(watch));
  const line = output.trim().split('\n').at(-1);
  if (status !== 0 || !line) throw new Error(`${command} ${commandArgs.join(' ')} failed: see above`);
  return { answer: JSON.parse(line) as unknown, memory };
}

/** Epochs after the first; a step of W9b takes most of a second, so that its first epoch must do. */
const epochsOf = (workload: string): number => (workload === 'W9b' ? 0 : Number(args.epochs));

async function ours(workload: string, more: Options = {}): Promise<Timing> {
  const options: Options = { epochs: epochsOf(workload), capture: !args.eager, ...more };
  const script = fileURLToPath(new URL('./train/one.js', import.meta.url));
  const env = { D2L_THREADS: args.threads, ...(args.backend ? { D2L_BACKEND: args.backend } : {}) };
  return (await run(process.execPath, [script, workload, JSON.stringify(options)], env)).answer as Timing;
}

/** A step of the peer's in milliseconds. */
interface PeerTiming {
  readonly median: number;
  readonly min: number;
  readonly memory: number;
}

/** Beside wasm jax-js is timed, if `D2L_JAX` names its module, for the workloads it has. */
const usesJax = (workload: string): boolean =>
  args.backend === 'wasm' && Boolean(process.env['D2L_JAX']) && ['W1', 'W2'].includes(workload);

/** The command that times the peer, if one is asked for. */
function peerCommand(workload: string): string[] {
  if (usesJax(workload)) {
    return [process.execPath, fileURLToPath(new URL('./train/jax.js', import.meta.url)), workload];
  }
  const torch = (process.env['D2L_TORCH'] ?? '').split(' ').filter(Boolean);
  if (torch.length === 0) return [];
  const epochs = epochsOf(workload);
  const length = epochs ? ['--epochs', String(epochs)] : ['--epochs', '1', '--warmup', '0'];
  return [...torch, workload, '--threads', args.threads, ...length];
}

/** The peer's step; undefined when none is asked for, or with a warning when it gave no time. */
async function peer(workload: string): Promise<PeerTiming | undefined> {
  const [command, ...rest] = peerCommand(workload);
  if (!command) return undefined;
  try {
    const { answer, memory } = await run(command, rest);
    return { ...(answer as { step_ms: { median: number; min: number } }).step_ms, memory };
  } catch (error) {
    console.warn(
      `${workload} has no time of the peer's: ${error instanceof Error ? error.message : String(error)}`,
    );
    return undefined;
  }
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? NaN;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const load = (): number => round(loadavg()[0] ?? NaN, 1);

async function measure(workload: string): Promise<Row> {
  const timings: Timing[] = [];
  const peers: PeerTiming[] = [];
  for (let i = 0; i < Number(args.rounds); i++) {
    timings.push(await ours(workload));
    const theirs = await peer(workload);
    if (theirs !== undefined) peers.push(theirs);
  }
  const medians = timings.map((timing) => timing.median);
  const least = Math.min(...timings.map(({ min }) => min));
  const beside = <T>(figure: () => T | null): T | null => (peers.length ? figure() : null);
  const peerLeast = Math.min(...peers.map(({ min }) => min));
  return {
    workload,
    backend: timings[0]?.backend ?? '',
    threads: Number(args.threads),
    ours_ms: round(median(medians)),
    ours_min_ms: round(least),
    ours_spread_ms: [round(Math.min(...medians)), round(Math.max(...medians))],
    ours_cpu_ms: round(median(timings.map(({ cpu }) => cpu))),
    first_step_ms: round(median(timings.map((timing) => timing.first)), 0),
    epoch_ms: round(median(timings.map((timing) => timing.epoch)), 0),
    memory_mb: round(median(timings.map((timing) => timing.memory)) / 1e6, 0),
    peer: usesJax(workload) ? 'jax-js' : 'PyTorch',
    peer_ms: beside(() => round(median(peers.map((p) => p.median)))),
    peer_min_ms: beside(() => round(peerLeast)),
    peer_memory_mb: beside(() => round(median(peers.map(({ memory }) => memory)) / 1e6, 0) || null),
    // each of our rounds stands beside the peer's of the same minute
    ratio: beside(() => round(median(peers.map((p, i) => (medians[i] ?? NaN) / p.median)), 3)),
    ratio_of_minima: beside(() => round(least / peerLeast, 3)),
    load: load(),
  };
}

/** Steps of growing size, one size at a time, the others as in the lecture. */
async function scale(workload: string, size: string, values: readonly number[]): Promise<ScaleRow[]> {
  const rows: ScaleRow[] = [];
  for (const value of values) {
    const { min, cpu } = await ours(workload, { [size]: value, epochs: 1, maxSeconds: 20 });
    const before = rows.at(-1);
    const unit = (now: number, then: number): number =>
      round(now / value / (then / (before?.value ?? NaN)), 3);
    const growth = before ? unit(min, before.ours_min_ms) : null;
    const growth_cpu = before ? unit(cpu, before.ours_cpu_ms) : null;
    const figures = { ours_min_ms: round(min), ours_cpu_ms: round(cpu), growth, growth_cpu, load: load() };
    rows.push({ workload, size, value, ...figures });
    console.log(
      `${workload} ${size} ${value}: ${round(min)} ms, growth ${growth}; processors ${round(cpu)} ms, growth ${growth_cpu}`,
    );
  }
  return rows;
}

/** The share of an epoch that the live plot takes, in processor time of the steps and in wall time of the epoch. */
async function plotCost(workload: string) {
  const without = await ours(workload);
  const plotted = await ours(workload, { plot: true });
  const share = (a: number, b: number): number => round(a / b - 1, 4);
  const cost = {
    workload,
    epoch: share(plotted.epoch, without.epoch),
    step_min: share(plotted.min, without.min),
    load: load(),
  };
  console.log(`${workload} live plot: ${100 * cost.epoch} % of an epoch, ${100 * cost.step_min} % of a step`);
  return cost;
}

/** `batch=64,1024` as name and values. */
function sizesOf(text: string): [string, readonly number[]][] {
  if (text === 'all') return Object.entries(SIZES);
  const [name = '', list] = text.split('=');
  const known = SIZES[name];
  if (!known) throw new Error(`--scale knows ${Object.keys(SIZES).join(', ')} and all, got ${text}`);
  return [[name, list ? list.split(',').map(Number) : known]];
}

function print(row: Row): void {
  const beside =
    row.peer_ms === null
      ? ''
      : `  ${row.peer} ${row.peer_ms} ms, min ${row.peer_min_ms}, ${row.peer_memory_mb} MB  ratio ${row.ratio}, of minima ${row.ratio_of_minima}`;
  console.log(
    `${row.workload.padEnd(4)} ${row.backend} ${row.ours_ms} ms (${row.ours_spread_ms.join('-')}), min ` +
      `${row.ours_min_ms}, processors ${row.ours_cpu_ms}  first ${row.first_step_ms} ms  epoch ${row.epoch_ms} ms  ` +
      `${row.memory_mb} MB${beside}  load ${row.load}`,
  );
}

const onlySizes = (args.scale ?? args.plot) && positionals.length === 0;
const names = positionals.length ? positionals : onlySizes ? [] : ALL;
const rows: Row[] = [];
const scales: ScaleRow[] = [];
let plot: Awaited<ReturnType<typeof plotCost>> | undefined;

/** After each measurement: a long run that is stopped keeps what it has. */
function save(): void {
  if (args.json) writeFileSync(args.json, `${JSON.stringify({ rows, scale: scales, plot }, null, 2)}\n`);
}

for (const workload of names) {
  const row = await measure(workload);
  rows.push(row);
  print(row);
  save();
}
for (const [size, values] of (args.scale ?? []).flatMap(sizesOf)) {
  scales.push(...(await scale('W2', size, values)));
  save();
}
if (args.plot) plot = await plotCost('W2');
save();
