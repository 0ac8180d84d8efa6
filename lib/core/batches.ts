import { tf } from '../engine/tf.js';
import type { Batch } from './module.js';

/** The batches of a loader; each is freed after its step, if the loader made it for this pass. */
export function* ownedBatches(loader: Iterable<Batch>): Generator<Batch> {
  const batches = loader[Symbol.iterator]();
  try {
    for (;;) {
      const newest = tf.tidy(() => tf.scalar(0).id); // ids grow: what comes now has a larger one
      const { done, value } = batches.next();
      if (done === true) return;
      try {
        yield value;
      } finally {
        tf.dispose(value.filter((column) => column.id > newest) as tf.Tensor[]);
      }
    }
  } finally {
    batches.return?.();
  }
}
