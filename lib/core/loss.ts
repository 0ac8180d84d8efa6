import { tf } from '../engine/tf.js';
import { crossEntropyRows } from '../engine/gradients.js';
import { expectIndices } from './indices.js';
import type { Tensor } from './tensor.js';

/**
 * The cross-entropy of each label under the softmax of its logits, computed by log-sum-exp so that large logits do
 * not overflow (d2l section 4.5).
 *
 * @param logits `(..., classes)`, flattened to `(n, classes)`.
 * @param labels integers `(...)`, flattened to `(n)`.
 * @returns the n losses, in nats.
 * @throws naming both shapes, when there is not one label for each row; naming a label that is no class.
 */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const classes = logits.shape.at(-1) ?? 1;
  const rows = tf.reshape(logits as tf.Tensor, [-1, classes]);
  const wanted = tf.reshape(labels as tf.Tensor, [-1]);
  if (rows.shape[0] !== wanted.shape[0]) {
    throw new Error(
      `cross-entropy needs one label for each row of logits: logits (${logits.shape.join(', ')}) have ${rows.shape[0]} rows, labels (${labels.shape.join(', ')}) are ${wanted.shape[0]}`,
    );
  }
  expectIndices(wanted, classes);
  return crossEntropyRows(rows as tf.Tensor2D, tf.cast(wanted, 'int32') as tf.Tensor1D);
}
