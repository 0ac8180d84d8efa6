/** @file Times one workload in a process of its own: `one.js W2 '{"epochs":8}'` prints one line of JSON. */
import * as d2l from '../../lib/main.js';
import { workloads, type Sizes } from './workloads.js';

/** What to run and how long. */
export interface Options extends Sizes {
  readonly epochs?: number;
  readonly capture?: boolean;
  /** Whether the live plot is drawn, into a sink that turns it into text as a notebook's would. */
  readonly plot?: boolean;
  /** Gives up after so many seconds and reports what was timed until then. */
  readonly maxSeconds?: number;
}

/** One row, times in milliseconds. */
export interface Timing {
  readonly workload: string;
  readonly backend: string;
  readonly median: number;
  readonly min: number;
  /** The first step: tracing, optimizing, running. */
  readonly first: number;
  readonly epoch: number;
  readonly steps: number;
  /** Processor time of all threads for a step. */
  readonly cpu: number;
  /** The largest resident size, in bytes. */
  readonly memory: number;
}

/** Takes the time of a step from the moment its batch is ready. */
class Timed extends d2l.Trainer {
  readonly steps: { readonly batch: number; readonly ms: number; readonly cpu: number }[] = [];
  #begun = 0;
  #cpu = process.cpuUsage();
  #batch = 0;

  override prepareBatch(batch: d2l.Batch): d2l.Batch {
    this.#cpu = process.cpuUsage();
    this.#begun = performance.now();
    this.#batch = batch[0]?.shape[0] ?? 0;
    return batch;
  }

  note(): void {
    const ms = performance.now() - this.#begun;
    const { user, system } = process.cpuUsage(this.#cpu);
    this.steps.push({ batch: this.#batch, ms, cpu: (user + system) / 1000 });
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

async function time(
  name: string,
  { epochs = 8, capture = true, plot = false, maxSeconds = 150, ...sizes }: Options,
): Promise<Timing> {
  const make = workloads[name];
  if (!make) throw new Error(`no workload is called ${name}: choose of ${Object.keys(workloads).join(', ')}`);
  d2l.seed(0);
  const { data, model } = make(sizes);
  model.board.display = plot;
  if (plot) {
    const sink = { display: (bundle: object) => void JSON.stringify(bundle) };
    Object.assign(globalThis, { [Symbol.for('d2l-ts.display')]: sink });
  }
  const deadline = performance.now() + 1000 * maxSeconds;
  const trainer: Timed = new Timed({
    maxEpochs: epochs + 1,
    gradientClipVal: 1,
    capture,
    onBatchEnd: () => {
      trainer.note();
      if (performance.now() > deadline) trainer.stop();
    },
  });
  await trainer.fit(model, data);
  const full = Math.max(...trainer.steps.map(({ batch }) => batch));
  const timed = trainer.steps.slice(trainer.numTrainBatches).filter(({ batch }) => batch === full);
  const kept = timed.length ? timed : trainer.steps.slice(1);
  const steps = kept.map(({ ms }) => ms);
  return {
    workload: name,
    backend: d2l.backendInfo().name,
    median: median(steps),
    min: Math.min(...steps),
    cpu: median(kept.map(({ cpu }) => cpu)),
    first: trainer.steps[0]?.ms ?? NaN,
    epoch: 1000 * median((epochs ? trainer.history.slice(1) : trainer.history).map(({ seconds }) => seconds)),
    steps: steps.length,
    memory: 1024 * process.resourceUsage().maxRSS,
  };
}

const [name = '', options = '{}'] = process.argv.slice(2);
console.log(JSON.stringify(await time(name, JSON.parse(options) as Options)));
