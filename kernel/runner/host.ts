/** @file The kernel's side of the runner process: start, send, interrupt, notice its death. Its one owner. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { deserialize } from 'node:v8';
import { putAside } from '../certificates.js';
import { Pace } from '../pace.js';
import { RUNNER } from '../package.js';
import { signalGroup } from '../process-group.js';
import { scratchEnvironment } from '../scratch.js';
import { Hearing, Telling } from './channel.js';
import { RawOutput } from './raw-output.js';
import { DEBUG_FD, type FromRunner, HEAR_FD, SAYS, SPEAK_FD, STOP_FD, type ToRunner } from './ipc.js';

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

/** How long after a Stop even a flood of microtasks has ended, see watchdog.ts; then its rest is read in a hurry. */
const FLOOD_ENDS_MS = 150;

export class RunnerHost {
  readonly #child: ChildProcess;
  #alive = true;
  #begun = false;
  #watched = false;
  /** A Stop of a cell that has come before there is a watchdog: it is told when there is, if the cell still runs. */
  #early = '';
  #whenWatched = (): void => {};
  readonly #watching = new Promise<void>((resolve) => (this.#whenWatched = resolve));
  #debugged: Duplex | undefined;
  readonly #paces: Pace[] = [];
  readonly #raw: RawOutput[] = [];
  readonly #telling = new Telling();

  constructor(cwd: string, events: HostEvents, env: NodeJS.ProcessEnv = process.env) {
    // For import() in cells, for resolving their imports, and see watchdog.ts.
    const flags = [
      '--experimental-vm-modules',
      '--experimental-import-meta-resolve',
      '--no-force-async-hooks-checks',
    ];
    this.#child = spawn(process.execPath, [...flags, RUNNER], {
      cwd,
      env: { ...putAside(env), ...scratchEnvironment() },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true, // the leader of a group, which ends with it
    });
    const hearing = new Hearing((body) => this.#hear(deserialize(body) as FromRunner, events));
    const pipes = this.#child.stdio as readonly (Duplex | null)[];
    const pace = new Pace(pipes[SPEAK_FD]!);
    this.#paces.push(pace);
    const hear = (bytes: Buffer): void => {
      try {
        pace.count(hearing.receive(bytes), bytes.length);
      } catch (error) {
        events.raw('stderr', `what the runner said cannot be read: ${(error as Error).message}\n`);
        this.kill();
      }
    };
    pipes[SPEAK_FD]!.on('data', hear);
    // One that cannot hear or speak would be waited for for ever.
    for (const fd of [HEAR_FD, SPEAK_FD]) pipes[fd]!.on('close', () => this.kill());
    for (const name of ['stdout', 'stderr'] as const) {
      const raw = new RawOutput(this.#child[name]!, (text) => events.raw(name, text));
      this.#raw.push(raw);
      this.#paces.push(raw.pace);
    }
    this.#child.on('error', () => {});
    for (const fd of [HEAR_FD, STOP_FD, DEBUG_FD, SPEAK_FD]) pipes[fd]!.on('error', () => {}); // the runner has just died
    const died = (code: number | null, signal: NodeJS.Signals | null): void => {
      if (!this.#alive) return;
      this.#alive = false;
      this.#whenWatched(); // nobody waits for the dead
      events.died({ code, signal });
    };
    this.#child.on('close', died);
    // 'close' comes when all output is read, but a process of another group may hold the pipes open for ever.
    this.#child.on('exit', (code, signal) => {
      this.#signalGroup();
      this.#hurry();
      setTimeout(died, 200, code, signal).unref();
    });
  }

  #hear(message: FromRunner, events: HostEvents): void {
    switch (message.type) {
      case 'ready':
        this.#begun = true;
        return;
      case 'watched':
        this.#watched = true;
        if (this.#early) this.#tell(this.#early);
        return this.#whenWatched();
      case 'done':
        this.#early = '';
        // What the cell's processes have written comes before its end.
        return void Promise.all(this.#raw.map((raw) => raw.drain())).then(() => events.message(message));
      default:
        events.message(message);
    }
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
    try {
      this.#write(HEAR_FD, this.#telling.bytes(message));
    } catch (error) {
      process.stderr.write(`d2l-ts: a message to the runner was dropped: ${(error as Error).message}\n`);
    }
  }

  /** Tells the runner of a group of processes, which is to end with the kernel also when that is killed. */
  tellGroup(leader: number, alive: boolean): void {
    this.#tell(`${alive ? SAYS.group : SAYS.groupEnded}${leader};`);
  }

  /** Asks the runner's watchdog to stop a run, or without one (0) what a widget has begun. */
  interrupt({ run, paused }: { run: number; paused: boolean }): void {
    setTimeout(() => this.#hurry(), FLOOD_ENDS_MS).unref();
    this.#child.kill('SIGCONT'); // should it have stopped itself, it could not hear
    const said = `${paused ? SAYS.stopPaused : SAYS.stop}${run};`;
    if (this.#watched) this.#tell(said);
    else if (run) this.#early = said;
  }

  #hurry(): void {
    for (const pace of this.#paces) pace.hurry();
  }

  #tell(text: string): void {
    this.#write(STOP_FD, text);
  }

  #write(fd: number, data: string | Buffer): void {
    const pipe = (this.#child.stdio as readonly (Duplex | null)[])[fd];
    if (pipe?.writable) pipe.write(data);
  }

  /** The pipe to the runner's debug thread; the first call starts the thread. */
  async debugPipe(): Promise<Duplex> {
    await this.#watching;
    if (!this.#debugged) this.#tell(`${SAYS.debug}0;`);
    return (this.#debugged ??= this.#child.stdio[DEBUG_FD] as Duplex);
  }

  /** Ends the runner and all that cells have started, but for what they have detached. */
  kill(): void {
    this.#child.kill('SIGKILL');
    this.#signalGroup();
  }

  #signalGroup(): void {
    if (this.pid !== undefined) signalGroup(this.pid, 'SIGKILL');
  }
}
