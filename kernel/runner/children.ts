/** @file Processes that cells start: Stop interrupts those of its cell, as Ctrl-C in a terminal would. */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { type CellRun, runningCell } from './cell.js';

/** Begins to remember whose a process is. */
export function adoptChildren(): void {
  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess };
    const { children } = runningCell() ?? {};
    if (!children) return;
    children.add(child);
    child.once('exit', () => children.delete(child));
  });
}

/** Ends what the cell may be waiting for. */
export function interruptChildren(run: CellRun): void {
  for (const child of run.children) child.kill('SIGINT');
  run.children.clear();
}
