import { tf } from '../engine/tf.js';
import { crossEntropy } from './loss.js';
import { Module, type Batch } from './module.js';
import type { Tensor } from './tensor.js';

/** A module whose output are logits over classes (d2l section 4.3). */
export class Classifier extends Module {
  /** Inputs `(batch, ...)` to logits `(batch, ..., classes)`; by default those of its field `net`. */
  override forward(X: Tensor, ...rest: never[]): Tensor {
    return super.forward(X as never, ...rest) as Tensor;
  }

  /**
   * Cross-entropy on logits, in nats.
   *
   * @param yHat logits `(..., classes)`.
   * @param y integer labels `(...)`.
   * @param averaged false gives one loss for each label, flattened, in place of their mean.
   */
  override loss(yHat: Tensor, y: Tensor, averaged = true): Tensor {
    const losses = crossEntropy(yHat, y);
    return averaged ? tf.mean(losses) : losses;
  }

  /**
   * The share of labels that have the largest logit, 0 to 1.
   *
   * @param yHat logits `(..., classes)`.
   * @param y integer labels `(...)`.
   * @param averaged false gives 1 or 0 for each label, flattened, in place of their mean.
   */
  accuracy(yHat: Tensor, y: Tensor, averaged = true): Tensor {
    const best = tf.argMax(tf.reshape(yHat as tf.Tensor, [-1, yHat.shape.at(-1) ?? 1]), -1);
    const hits = tf.cast(tf.equal(best, tf.cast(tf.reshape(y as tf.Tensor, [-1]), 'int32')), 'float32');
    return averaged ? tf.mean(hits) : hits;
  }

  /** Plots the loss and the accuracy, scalars, of one validation batch. */
  override validationStep(batch: Batch): void {
    const yHat = this.forwardBatch(batch);
    const y = batch.at(-1) as Tensor;
    this.plot('loss', this.loss(yHat, y), false);
    this.plot('acc', this.accuracy(yHat, y), false);
  }
}
