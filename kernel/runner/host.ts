/** @file The kernel's side of the runner process: start, send, interrupt, notice its death. Its one owner. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Duplex, Writable } from 'node:stream';
import { putAside } from '../certificates.js';
import { RUNNER } from '../package.js';
import { scratchEnvironment } from '../scratch.js';
import { DEBUG_FD, type FromRunner, pack, type Packed, SAYS, STOP_FD, type ToRunner, unpack } from './ipc.js';

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

/** What node says when it exits under a debugger, which notices by itself. */
const FAREWELL = 'Waiting for the debugger to disconnect...\n';

export class RunnerHost {
  readonly #child: ChildProcess;
  #alive = true;
  #begun = false;
  #watched = false;
  #whenWatched = (): void => {};
  readonly #watching = new Promise<void>((resolve) => (this.#whenWatched = resolve));
  #debugged: Duplex | undefined;

  constructor(cwd: string, events: HostEvents, env: NodeJS.ProcessEnv = process.env) {
    this.#child = fork(RUNNER, [], {
      cwd,
      env: { ...putAside(env), ...scratchEnvironment() },
      execArgv: [
        '--no-warnings=ExperimentalWarning',
        '--experimental-import-meta-resolve',
        '--experimental-vm-modules', // for import() in cells
        '--no-force-async-hooks-checks', // see watchdog.ts
      ],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe', 'pipe'],
    });
    this.#child.on('message', (packed: Packed<FromRunner>) => {
      const message = unpack(packed);
      switch (message.type) {
        case 'ready':
          this.#begun = true;
          return;
        case 'watched':
          this.#watched = true;
          return this.#whenWatched();
        default:
          events.message(message);
      }
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]!.setEncoding('utf8').on('data', (text: string) => {
        const said = text.replace(FAREWELL, '');
        if (said) events.raw(name, said);
      });
    }
    this.#child.on('error', () => {});
    for (const fd of [STOP_FD, DEBUG_FD]) this.#child.stdio[fd]!.on('error', () => {}); // the runner has just died
    const died = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (!this.#alive) return;
      this.#alive = false;
      this.#whenWatched(); // nobody waits for the dead
      events.died({ code, signal });
    };
    this.#child.on('close', died);
    // 'close' comes when all output is read, but a grandchild may hold the pipes open for ever.
    this.#child.on('exit', (code, signal) => setTimeout(died, 200, code, signal).unref());
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Whether it has come so far as to take cells. */
  get begun(): boolean {
    return this.#begun;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(message: ToRunner): void {
    if (this.#child.connected) this.#child.send(pack(message), () => {});
  }

  /** Asks the runner's watchdog to stop what runs, be it a cell or a widget's answer. */
  interrupt({ cell, paused }: { cell: boolean; paused: boolean }): void {
    if (!this.#watched) return void (cell && this.#child.kill('SIGINT')); // it kills a runner that only starts
    this.#tell(paused ? SAYS.stopPaused : SAYS.stop);
  }

  #tell(byte: string): void {
    (this.#child.stdio[STOP_FD] as Writable).write(byte);
  }

  /** The pipe to the runner's debug thread; the first call starts the thread. */
  async debugPipe(): Promise<Duplex> {
    await this.#watching;
    if (!this.#debugged) this.#tell(SAYS.debug);
    return (this.#debugged ??= this.#child.stdio[DEBUG_FD] as Duplex);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
