/** @file Variables that are freed when nothing holds them any more: a cell run again must not keep the old model. */
import { tf } from '../engine/tf.js';

/** A trainable tensor: what `parameters()` collects and an optimizer updates in place. */
export type Parameter<R extends tf.Rank = tf.Rank> = tf.Variable<R>;

/** What is left to free of a variable that is gone. */
interface Remains {
  readonly name: string;
  readonly size: number;
  readonly dtype: tf.DataType;
  dataId: object;
}

const registered = (): Record<string, tf.Variable> => tf.engine().state.registeredVariables;

const gone = new FinalizationRegistry<Remains>((remains) => {
  Reflect.deleteProperty(registered(), remains.name);
  tf.engine().disposeTensor(remains as unknown as tf.Tensor); // it looks at dataId, size and dtype, and at nothing else
});

/**
 * Makes a trainable parameter whose first value is `value`; assign it to a field of a `Module` so that
 * `parameters()` finds it (PyTorch's `nn.Parameter`).
 *
 * @example
 * this.bh = d2l.parameter(d2l.zeros([numHiddens]));
 */
export function parameter<R extends tf.Rank>(value: tf.Tensor<R>): Parameter<R> {
  return collected(tf.variable(value, true));
}

/** A variable that belongs to an optimizer: not trained, but part of the recorded step. @internal */
export function stateVariable(value: () => tf.Tensor): Parameter {
  return tf.tidy(() => collected(tf.variable(value(), false)) as never);
}

/** What enumerates all variables meets this where one is gone, until that is noticed. */
const DISPOSED = { isDisposed: true } as tf.Variable;

/** tfjs holds on to every variable by name; from here on only weakly. */
function collected<R extends tf.Rank>(variable: tf.Variable<R>): tf.Variable<R> {
  const { name, size, dtype, dataId } = variable;
  const remains: Remains = { name, size, dtype, dataId };
  const weak = new WeakRef<tf.Variable>(variable as unknown as tf.Variable);
  Object.defineProperty(registered(), name, {
    configurable: true,
    enumerable: true,
    get: () => weak.deref() ?? DISPOSED,
  });
  Object.defineProperties(variable, {
    assign: {
      value: function assign(this: tf.Variable, value: tf.Tensor): void {
        tf.Variable.prototype.assign.call(this, value);
        remains.dataId = this.dataId;
      },
    },
    dispose: {
      value: function dispose(this: tf.Variable): void {
        gone.unregister(remains);
        tf.Variable.prototype.dispose.call(this);
      },
    },
  });
  gone.register(variable, remains, remains);
  return variable;
}
