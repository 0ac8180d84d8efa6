/**
 * @file Gradients that TensorFlow computes in one op where tfjs composes three. For derivatives of derivatives they
 * are composed as before, since an op of TensorFlow's own is invisible to tfjs's tape.
 */
import { DType, typeAttr } from './dtypes.js';
import { type NodeBackend, nodeBackend } from './kernels.js';
import { tf } from './tf.js';

const float = [typeAttr('T', DType.TF_FLOAT)];

/** TensorFlow's backend, if it computes and no outer derivative is being recorded. */
function fusing(...tensors: readonly tf.Tensor[]) {
  const plain = tensors.every(({ dtype }) => dtype === 'float32');
  return plain && tf.getBackend() === 'tensorflow' && !tf.engine().isTapeOn() ? nodeBackend() : undefined;
}

const activations: Record<string, { op: string; composed: (y: tf.Tensor, dy: tf.Tensor) => tf.Tensor }> = {
  [tf.Sigmoid]: {
    op: 'SigmoidGrad',
    composed: (y, dy) => tf.mul(dy, tf.mul(y, tf.sub(1, y))),
  },
  [tf.Tanh]: {
    op: 'TanhGrad',
    composed: (y, dy) => tf.mul(tf.sub(1, tf.square(y)), dy),
  },
};

/** The copies of a tile added up in one op; tfjs cuts each out and adds it to the last. */
const tileGradient: tf.GradConfig = {
  kernelName: tf.Tile,
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [tf.Tensor];
    const { reps } = attrs as unknown as { reps: number[] };
    const shape: number[] = [];
    const copies: number[] = [];
    x.shape.forEach((size, i) => {
      if (reps[i] !== 1) copies.push(shape.push(reps[i] ?? 1) - 1);
      shape.push(size);
    });
    return {
      x: () => tf.reshape(tf.sum(tf.reshape(dy as tf.Tensor, shape), copies), x.shape),
    };
  },
};

/** Registers the gradients in place of tfjs's own. */
export function registerGradients(): void {
  tf.registerGradient(tileGradient);
  for (const [kernelName, { op, composed }] of Object.entries(activations)) {
    tf.registerGradient({
      kernelName,
      outputsToSave: [true],
      gradFunc: (dy, saved) => {
        const [y] = saved as [tf.Tensor];
        const slope = dy as tf.Tensor;
        const backend = fusing(y, slope);
        return {
          x: () => backend?.executeSingleOutput(op, float, [y, slope]) ?? composed(y, slope),
        };
      },
    });
  }
}

function composedCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const wanted = tf.cast(tf.oneHot(labels, logits.shape[1]), 'float32');
  return tf.neg(tf.sum(tf.mul(wanted, tf.logSoftmax(logits)), -1)) as tf.Tensor1D;
}

/** The number of each row at its label: `(n, classes)` and `(n)` to `(n)`. @throws TensorFlowError for a label outside */
function pick(backend: NodeBackend, rows: tf.Tensor, labels: tf.Tensor): tf.Tensor {
  const attrs = [
    { name: 'batch_dims', type: backend.binding.TF_ATTR_INT, value: 1 },
    typeAttr('Tparams', DType.TF_FLOAT),
    typeAttr('Tindices', DType.TF_INT32),
    typeAttr('Taxis', DType.TF_INT32),
  ];
  return backend.executeSingleOutput('GatherV2', attrs, [rows, labels, tf.scalar(1, 'int32')]);
}

/**
 * The cross-entropy of each label under the softmax of its row of logits, in nats. On TensorFlow loss and gradient come
 * from its log-softmax, in half the time of its op for just this, which is not vectorized.
 *
 * @param logits `(n, classes)`
 * @param labels int32 `(n)`; on TensorFlow's CPU a label outside of the classes is an error, on a GPU it counts as 0
 */
export function crossEntropyRows(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const backend = tf.getBackend() === 'tensorflow' ? nodeBackend() : undefined;
  // Inside one derivative the tape is on; a second one around it needs ops that can be differentiated again.
  if (!backend || tf.engine().state.gradientDepth > 1) return composedCrossEntropy(logits, labels);
  const compute = tf.customGrad((x, save) => {
    const logs = backend.executeSingleOutput('LogSoftmax', float, [x as tf.Tensor]);
    (save as tf.GradSaveFunc)([logs, labels]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [kept, wanted] = saved as [tf.Tensor2D, tf.Tensor1D];
      const target = tf.oneHot(wanted, kept.shape[1], 1, 0, 'float32');
      return tf.mul(tf.expandDims(dy, 1), tf.sub(tf.exp(kept), target));
    };
    return { value: tf.neg(pick(backend, logs, labels)), gradFunc };
  });
  return compute(logits) as tf.Tensor1D;
}
