import { tf } from '../engine/tf.js';
import type { Parameter, Tensor } from './tensor.js';

/** A scalar and its gradients by each parameter, `undefined` where it does not depend on one. */
export function lossAndGradients(
  loss: () => Tensor,
  parameters: Parameter[],
): { value: Tensor; gradients: (Tensor | undefined)[] } {
  const { value, grads } = tf.variableGrads(loss as () => tf.Scalar, parameters);
  return { value, gradients: parameters.map((p) => grads[p.name]) };
}
