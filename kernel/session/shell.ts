/** @file Programs that magics run in the notebook's folder, their output in the cell. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { Pace } from '../pace.js';
import { signalGroup } from '../process-group.js';
import type { MagicContext } from './magics.js';
import type { Outcome } from './session.js';

/** A magic that was asked for something it cannot do; the message says what to type. */
export class MagicError extends Error {}

/** How long a stopped program may take to end. */
const PATIENCE_MS = 2000;
/** A background job may hold the pipes for ever: after the program's end, so long a silence means that it does. */
const SILENCE_MS = 200;

/**
 * Runs a program. It leads a process group, so that Stop reaches all that it has started: with SIGINT, as Ctrl-C
 * would, and with SIGKILL where that does not end it. What it leaves running in the background ends with the kernel.
 */
export async function execute(
  context: MagicContext,
  command: string,
  args: readonly string[],
  input?: string,
): Promise<Outcome> {
  const { cwd, env } = context;
  const child = spawn(command, args, { cwd, env, stdio: 'pipe', detached: process.platform !== 'win32' });
  for (const name of ['stdout', 'stderr'] as const) {
    const pace = new Pace(child[name]);
    child.on('exit', () => pace.hurry());
    child[name].setEncoding('utf8').on('data', (text: string) => {
      pace.count(1, text.length);
      context.print(text, name);
    });
  }
  child.stdin.on('error', () => {}).end(input);
  const ending = endOf(child);
  const leader = child.pid;
  if (leader === undefined) throw new MagicError(`cannot run ${command}: ${await ending}`);
  context.adopt(leader, true);
  let state: 'runs' | 'stopped' | 'ended' = 'runs';
  void context.stopped.then(() => {
    if (state === 'runs') state = 'stopped';
    if (state === 'stopped') signalGroup(leader, 'SIGINT');
    setTimeout(() => state === 'stopped' && signalGroup(leader, 'SIGKILL'), PATIENCE_MS).unref();
  });
  const end = await ending;
  const stopped = (state as string) === 'stopped';
  state = 'ended';
  if (!signalGroup(leader, 0)) context.adopt(leader, false);
  if (stopped)
    return {
      error: { name: 'KeyboardInterrupt', message: STOPPED, stack: [`KeyboardInterrupt: ${STOPPED}`] },
    };
  if (end) throw new MagicError(`${command} ended with ${end}`);
  return {};
}

const STOPPED = 'the program was stopped; what it has written stays';

/** How a program ended, or why it did not begin; undefined when all went well and its output is read. */
function endOf(child: ChildProcessWithoutNullStreams): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (code: number | null, signal: string | null): void =>
      resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`));
    child.on('error', ({ message }) => resolve(message));
    child.on('close', end);
    child.on('exit', (code, signal) => {
      const silence = setTimeout(end, SILENCE_MS, code, signal);
      for (const stream of [child.stdout, child.stderr]) stream.on('data', () => silence.refresh());
      setTimeout(end, PATIENCE_MS, code, signal);
    });
  });
}
