import { tf } from '../engine/tf.js';
import type { Parameter, Tensor } from './tensor.js';

/** The gradients of a scalar by each parameter, `undefined` where it does not depend on one. */
export function gradientsOf(loss: () => Tensor, parameters: Parameter[]): (Tensor | undefined)[] {
  const { grads } = tf.variableGrads(loss as () => tf.Scalar, parameters);
  return parameters.map((p) => grads[p.name]);
}
