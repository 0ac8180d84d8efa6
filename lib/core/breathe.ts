import { setImmediate as nextTurn } from 'node:timers/promises';

const SIGNAL = Symbol.for('d2l-ts.signal');

/**
 * Lets timers, plots and the stop button have their turn.
 *
 * @throws what stopped the cell, when it was stopped.
 */
export async function breathe(): Promise<void> {
  await nextTurn();
  (globalThis as { [SIGNAL]?: () => AbortSignal | undefined })[SIGNAL]?.()?.throwIfAborted();
}
