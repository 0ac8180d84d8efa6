/**
 * @file The life of tensors that no `tidy` owns, such as those made in a cell: one that nothing holds any more is freed,
 * and one used after it was disposed is named.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { tf } from '../engine/tf.js';

/** The parts of tfjs's engine that are watched here. */
interface Engine {
  /** `activeScope` is undefined before the first scope, and null between scopes. */
  readonly state: {
    readonly activeScope: object | null | undefined;
    readonly tensorInfo: { has(dataId: object): boolean };
  };
  readonly track: <T extends tf.Tensor>(tensor: T) => T;
  readonly disposeTensor: (tensor: tf.Tensor) => void;
  readonly runKernel: (name: string, inputs: Inputs, attrs?: object) => unknown;
}
type Inputs = Record<string, tf.Tensor | tf.Tensor[] | undefined>;

/** What is left to free of a tensor that is gone: all that `disposeTensor` looks at. */
type Remains = Pick<tf.Tensor, 'dataId' | 'size' | 'dtype'>;

const WATCHED = Symbol.for('d2l-ts.lifetime');
/** So many bytes may wait for V8, which sees only the small objects before them, to collect on its own. */
const PRESSURE = 256 * 2 ** 20;
const BYTES = 4;

const engine = tf.engine() as unknown as Engine;
const { track, disposeTensor, runKernel } = engine;
const dropped = new FinalizationRegistry<Remains>((remains) =>
  disposeTensor.call(engine, remains as tf.Tensor),
);
let waiting = 0;
let asked = false;

/** Collects garbage after this turn: what a cell dropped is only then beyond reach. */
function collectSoon(): void {
  if (asked) return;
  asked = true;
  setImmediate(() => {
    asked = false;
    waiting = 0;
    collector()?.();
  }).unref();
}

/** V8's own collector, which is there for the asking; other engines of JavaScript collect when they see fit. */
function collector(): (() => void) | undefined {
  try {
    setFlagsFromString('--expose-gc');
    return runInNewContext('gc') as () => void;
  } catch {
    return undefined;
  }
}

/** The sentence for a tensor that is used too late. */
function usedTooLate(what: string, { shape }: tf.Tensor): Error {
  return new Error(
    `${what} was given a tensor (${shape.join(', ')}) that is disposed: leave out its dispose(), or return it from tf.tidy`,
  );
}

/** Gradients of tfjs's own, logSigmoid's for one, use a disposed tensor whose values a clone still holds: that works. */
const isGone = ({ isDisposed, dataId }: tf.Tensor): boolean =>
  isDisposed && !engine.state.tensorInfo.has(dataId);

/** Watches every tensor from here on; a second copy of the library finds the engine watched. */
function watch(): void {
  if (WATCHED in engine) return;
  Object.assign(engine, {
    [WATCHED]: true,
    track<T extends tf.Tensor>(tensor: T): T {
      if (!engine.state.activeScope) {
        const { dataId, size, dtype } = tensor;
        dropped.register(tensor, { dataId, size, dtype }, tensor);
        if ((waiting += BYTES * size) > PRESSURE) collectSoon();
      }
      return track.call(engine, tensor) as T;
    },
    disposeTensor(tensor: tf.Tensor): void {
      if (dropped.unregister(tensor)) waiting -= BYTES * tensor.size;
      disposeTensor.call(engine, tensor);
    },
    runKernel(name: string, inputs: Inputs, attrs?: object): unknown {
      for (const key in inputs) {
        const input = inputs[key];
        const late = (input ? [input].flat() : []).find(isGone);
        if (late) throw usedTooLate(name, late);
      }
      return runKernel.call(engine, name, inputs, attrs);
    },
  });
  Object.assign(tf.Tensor.prototype, {
    throwIfDisposed(this: tf.Tensor): void {
      if (this.isDisposed) throw usedTooLate('an operation', this);
    },
  });
}

watch();
