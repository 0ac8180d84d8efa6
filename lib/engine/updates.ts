/**
 * @file The arithmetic of optimizers: plain tfjs ops eagerly, one fused op in place for each variable while a step is
 * captured. Both do the same to the last few bits.
 */
import { currentTrace } from './capture.js';
import { tf } from './tf.js';

const float = (value: tf.Tensor | number): tf.Tensor =>
  typeof value === 'number' ? tf.scalar(value) : value;

function fused(
  name: string,
  variables: readonly tf.Variable[],
  inputs: readonly (tf.Tensor | number)[],
): boolean {
  const trace = currentTrace();
  return trace ? trace.variables.update(trace.graph, name, variables, inputs.map(float)) : false;
}

/** `p ← p − rate · gradient`. */
export function descend(p: tf.Variable, rate: tf.Tensor, gradient: tf.Tensor): void {
  if (fused('ResourceApplyGradientDescent', [p], [rate, gradient])) return;
  p.assign(tf.sub(p, tf.mul(gradient, rate)));
}

/** `velocity ← momentum · velocity + gradient; p ← p − rate · velocity`. */
export function descendWithMomentum(
  p: tf.Variable,
  velocity: tf.Variable,
  rate: tf.Tensor,
  momentum: number,
  gradient: tf.Tensor,
): void {
  if (fused('ResourceApplyMomentum', [p, velocity], [rate, gradient, momentum])) return;
  velocity.assign(tf.add(tf.mul(velocity, momentum), gradient));
  p.assign(tf.sub(p, tf.mul(velocity, rate)));
}

/** What an Adam update needs besides the parameter and its gradient. */
export interface AdamUpdate {
  readonly mean: tf.Variable;
  readonly square: tf.Variable;
  readonly rate: tf.Tensor;
  readonly betas: readonly [number, number];
  /** β₁ᵗ and β₂ᵗ of this step. */
  readonly powers: readonly [tf.Tensor, tf.Tensor];
  /** Added to the denominator after the bias correction, as in PyTorch. */
  readonly eps: number;
}

/** `m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; p ← p − rate · (m / (1−β₁ᵗ)) / (√v / √(1−β₂ᵗ) + eps)`. */
export function adam(p: tf.Variable, gradient: tf.Tensor, update: AdamUpdate): void {
  const { mean, square, rate, eps } = update;
  const [beta1, beta2] = update.betas;
  const [power1, power2] = update.powers;
  const correction = tf.sqrt(tf.sub(1, power2));
  // TensorFlow adds its epsilon before the correction ("epsilon hat"); scaled, it means PyTorch's.
  const hat = tf.mul(correction, eps);
  const inputs = [power1, power2, rate, beta1, beta2, hat, gradient];
  if (fused('ResourceApplyAdam', [p, mean, square], inputs)) return;
  mean.assign(tf.add(tf.mul(mean, beta1), tf.mul(gradient, 1 - beta1)));
  square.assign(tf.add(tf.mul(square, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
  const step = tf.div(mean, tf.add(tf.div(tf.sqrt(square), correction), eps));
  p.assign(tf.sub(p, tf.mul(tf.div(rate, tf.sub(1, power1)), step)));
}
