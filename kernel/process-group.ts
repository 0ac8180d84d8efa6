/** @file Processes that are ended together: a leader and all that it has started, but for what asked to be left out. */

/**
 * Signals a group by its leader's process id. What was started with `detached: true` or setsid leads a group of its own.
 * @returns whether there was anything to signal
 */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(process.platform === 'win32' ? leader : -leader, signal);
  } catch {
    return false; // all of it has ended
  }
}
