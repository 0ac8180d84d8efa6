import { tf } from '../engine/tf.js';

/** The error for an index past the end of what it picks from. */
const outside = (index: number, count: number, cause?: unknown): Error =>
  new Error(
    `an index is ${index}, but there are ${count} to pick from, 0 to ${count - 1}: are tokens and labels those of the vocabulary that the model was built for?`,
    { cause },
  );

/** Throws when an index is outside. On TensorFlow its ops say so themselves; nothing is read there. */
export function expectIndices(indices: tf.Tensor, count: number): void {
  if (tf.getBackend() === 'tensorflow') return;
  const found = indices.dataSync().find((index) => index < 0 || index >= count);
  if (found !== undefined) throw outside(found, count);
}

/** What TensorFlow says of an index outside, in the same words as `expectIndices`; any other error as it is. */
export function explained(error: unknown): unknown {
  const text = error instanceof Error ? error.message : '';
  const [, index, count] = /indices\[[\d,]*\] = (-?\d+) is not in \[0, (\d+)\)/.exec(text) ?? [];
  return index === undefined ? error : outside(Number(index), Number(count), error);
}
