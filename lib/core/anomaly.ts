import { tf } from '../engine/tf.js';
import type { Parameter, Tensor } from './tensor.js';

/** 1 if a tensor has a NaN or an infinity, else 0. */
const spoilt = (x: Tensor): tf.Tensor => tf.cast(tf.logicalNot(tf.all(tf.isFinite(x as tf.Tensor))), 'int32');

/**
 * Looks for the first NaN or infinity of a training step, in the order in which one would cause the next: parameters,
 * loss, gradients. It reads nothing, so that the step can be recorded.
 */
export class Anomalies {
  #places: string[] = [];

  /** @param names the parameters' names, in order. */
  constructor(private readonly names: readonly string[]) {}

  /** @returns a scalar, 0 if all is finite; `place` says what another number means. */
  check(
    parameters: readonly Parameter[],
    loss: Tensor,
    gradients: readonly (Tensor | undefined)[],
  ): tf.Tensor {
    const checks: [place: string, x: Tensor][] = [
      ...parameters.map((p, i): [string, Tensor] => [`the parameter ${this.names[i]}`, p]),
      ['the loss', loss],
      ...gradients.flatMap((g, i): [string, Tensor][] =>
        g ? [[`the gradient of ${this.names[i]}`, g]] : [],
      ),
    ];
    this.#places = checks.map(([place]) => place).toReversed();
    // the first that is spoilt has the largest weight
    return tf.max(
      tf.stack(checks.map(([, x], i) => tf.mul(spoilt(x), tf.scalar(checks.length - i, 'int32')))),
    );
  }

  /** What a number from `check` stands for, `undefined` if all was finite. */
  place(code: number): string | undefined {
    return this.#places[code - 1];
  }
}

/** Gradients that change nothing where `code` is not 0: a spoilt step leaves the parameters as they were. */
export const heldBack = (
  gradients: readonly (Tensor | undefined)[],
  code: tf.Tensor,
): (Tensor | undefined)[] => {
  const sound = tf.equal(code, tf.scalar(0, 'int32'));
  return gradients.map((g) => g && tf.where(sound, g as tf.Tensor, tf.zerosLike(g as tf.Tensor)));
};

/** The error that names step and place. */
export function anomalyError(place: string, step: string): Error {
  return new Error(
    `${place} has become NaN or infinite in ${step}, before the update, which was left out: ` +
      'lower the learning rate, set gradientClipVal, or look for a division by zero or the logarithm of zero',
  );
}
