/** @file Processes and threads that cells start: Stop interrupts those of its cell, as Ctrl-C in a terminal would. */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { type CellRun, runningCell } from './cell.js';
import { keep } from './listeners.js';

/** Begins to remember whose a process or a thread is. */
export function adoptChildren(): void {
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    const { children } = runningCell() ?? {};
    const interrupt = (): unknown => child.kill('SIGINT');
    children?.add(interrupt);
    child.once('exit', () => children?.delete(interrupt));
  });
  keep('worker', (worker: Worker) => {
    const { children } = runningCell() ?? {};
    const interrupt = (): unknown => worker.terminate();
    children?.add(interrupt);
    worker.once('exit', () => children?.delete(interrupt));
  });
}

/** Ends what the cell may be waiting for. */
export function interruptChildren(run: CellRun): void {
  for (const interrupt of run.children) interrupt();
  run.children.clear();
}
