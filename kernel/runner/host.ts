/** @file The kernel's side of the runner process: start, send, interrupt, notice its death. Its one owner. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Writable } from 'node:stream';
import { putAside } from '../certificates.js';
import { RUNNER } from '../package.js';
import { scratchEnvironment } from '../scratch.js';
import { type FromRunner, STOP_FD, type ToRunner } from './ipc.js';

/** Why a runner is gone, in words for the cell that was running. */
export interface Death {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface HostEvents {
  message(message: FromRunner): void;
  /** Text written to the process's own stdout or stderr: child processes, native libraries. */
  raw(name: 'stdout' | 'stderr', text: string): void;
  died(death: Death): void;
}

export class RunnerHost {
  readonly #child: ChildProcess;
  #alive = true;
  #watched = false;

  constructor(cwd: string, events: HostEvents, env: NodeJS.ProcessEnv = process.env) {
    this.#child = fork(RUNNER, [], {
      cwd,
      env: { ...putAside(env), ...scratchEnvironment() },
      execArgv: ['--no-warnings=ExperimentalWarning', '--experimental-import-meta-resolve'],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    });
    this.#child.on('message', (message: FromRunner) => {
      if (message.type === 'watched') this.#watched = true;
      else events.message(message);
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]!.setEncoding('utf8').on('data', (text: string) => events.raw(name, text));
    }
    this.#child.on('error', () => {});
    this.#child.stdio[STOP_FD]!.on('error', () => {}); // the pipe of a runner that has just died
    const died = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (!this.#alive) return;
      this.#alive = false;
      events.died({ code, signal });
    };
    this.#child.on('close', died);
    // 'close' comes when all output is read, but a grandchild may hold the pipes open for ever.
    this.#child.on('exit', (code, signal) => setTimeout(died, 200, code, signal).unref());
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToRunner): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  /** Asks the runner's watchdog to stop what runs, be it a cell or a widget's answer. */
  interrupt({ cell }: { cell: boolean }): void {
    if (!this.#watched) return void (cell && this.#child.kill('SIGINT')); // it kills a runner that only starts
    (this.#child.stdio[STOP_FD] as Writable).write('.');
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
