/** @file Whether cuDNN's recurrent layers give our numbers on this machine: tried before any step relies on them. */
import { capture } from '../engine/capture.js';
import { distrustCudnn } from '../engine/cudnn.js';
import { tf } from '../engine/tf.js';
import type { Module } from '../core/module.js';
import type { Tensor3D } from '../core/tensor.js';

/** A small layer to try. */
export interface TrialLayer extends Module {
  /** Inputs (T, B, 2) to outputs and state. */
  forward(inputs: Tensor3D): readonly [outputs: Tensor3D, state: unknown];
}

/** GPUs may round products to ten bits. */
const TOLERANCE = 5e-3;
let tried = false;

function largestDifference(a: readonly tf.Tensor[], b: readonly tf.Tensor[]): number {
  const differences = a.map((x, i) => tf.max(tf.abs(tf.sub(x, b[i] as tf.Tensor))).dataSync()[0] ?? NaN);
  return Math.max(...differences);
}

/** Compares loss and gradients of a layer step by step and as cuDNN's op, once; cuDNN is not used where they differ. */
export function tryCudnn(make: () => TrialLayer): void {
  if (tried) return;
  tried = true; // before the layer is made, which asks too
  tf.tidy(() => {
    const layer = make();
    const x = tf.sin(tf.reshape(tf.range(0, 24), [4, 3, 2])) as tf.Tensor3D;
    const program = ([inputs]: readonly tf.Tensor[]): tf.Tensor[] => {
      const loss = () => tf.sum(tf.square(layer.forward(inputs as tf.Tensor3D)[0] as tf.Tensor)) as tf.Scalar;
      const { value, grads } = tf.variableGrads(loss, layer.parameters());
      return [value, ...layer.parameters().map((p) => grads[p.name] as tf.Tensor)];
    };
    const step = capture(program);
    try {
      const difference = largestDifference(step.runSync([x], 0), program([x]));
      if (!(difference < TOLERANCE)) distrustCudnn(`cuDNN's numbers differ from ours by ${difference}`);
    } catch (error) {
      distrustCudnn(error instanceof Error ? error.message : String(error));
    } finally {
      step.dispose();
      tf.dispose(layer.parameters());
    }
  });
}
