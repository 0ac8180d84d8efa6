/** @file The runner's own listeners on `process`, and node's: `process.removeAllListeners()` is for a cell's. */

type Listener = (...args: unknown[]) => void;

/** Node's own make signals of listeners: they come first. */
const kept: [event: string, listener: Listener][] = ['newListener', 'removeListener'].flatMap((event) =>
  process.listeners(event as 'exit').map((listener): [string, Listener] => [event, listener as Listener]),
);
kept.push(['removeListener', () => process.nextTick(restore)]);

/** Listens for as long as the process lives. */
export function keep(event: string, listener: (thrown: never) => void): void {
  kept.push([event, listener as Listener]);
  restore();
}

/** Puts back what was taken away. */
export function restore(): void {
  for (const [event, listener] of kept)
    if (!process.listeners(event as 'exit').includes(listener)) process.on(event, listener);
}
