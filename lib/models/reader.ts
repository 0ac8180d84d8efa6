/** @file A recurrent model that reads token after token: its step is recorded once, several times faster than op by op. */
import { CannotCaptureError, canCapture, capture, type CapturedProgram } from '../engine/capture.js';
import { tf } from '../engine/tf.js';

/** One step: tokens (1, 1) and the state so far to logits (1, vocabSize) and the next state. */
export type ReadStep<S> = (
  token: tf.Tensor2D,
  state: S | undefined,
) => readonly [logits: tf.Tensor, state: S];

/** The tensors of a state that is a tensor or a list of states; undefined for one that is something else. */
function tensorsOf(state: unknown): tf.Tensor[] | undefined {
  if (state instanceof tf.Tensor) return [state];
  if (!Array.isArray(state)) return undefined;
  const parts = state.map(tensorsOf);
  return parts.some((part) => part === undefined) ? undefined : (parts as tf.Tensor[][]).flat();
}

/** A state of the form of `like`, made of other tensors. */
function assemble(like: unknown, tensors: Iterator<tf.Tensor>): unknown {
  return Array.isArray(like) ? like.map((part) => assemble(part, tensors)) : tensors.next().value;
}

const shapes = (state: unknown): string | undefined =>
  tensorsOf(state)
    ?.map(({ shape }) => shape.join())
    .join(';');

/** Recording costs what a dozen steps op by op do. */
const WORTH = 16;

/** Reads tokens one by one. Its tensors belong to the `tidy` it is used in. */
export class Reader<S> {
  #state: S | undefined;
  #recorded: CapturedProgram | undefined;
  #mayRecord: boolean;

  /** @param tokens how many will be read, by an estimate. */
  constructor(
    private readonly step: ReadStep<S>,
    tokens: number,
  ) {
    this.#mayRecord = canCapture() && tokens >= WORTH;
  }

  /** Reads a token; gives the logits `(1, vocabSize)` of the next. */
  read(token: number): tf.Tensor {
    const X = tf.tensor2d([[token]], [1, 1], 'int32');
    if (this.#recorded) {
      try {
        return this.#run(this.#recorded, X);
      } catch (error) {
        if (!(error instanceof CannotCaptureError)) throw error;
        this.dispose(); // op by op then, as the model is; training has said why
        this.#mayRecord = false;
      }
    }
    const [logits, next] = this.step(X, this.#state);
    // by now lazy layers have their parameters, and the state has shown whether it keeps its shape
    if (this.#mayRecord && shapes(next) !== undefined && shapes(next) === shapes(this.#state)) {
      this.#recorded = capture(([x, ...state]) => {
        const [y, after] = this.step(x as tf.Tensor2D, assemble(next, state.values()) as S);
        return [y, ...(tensorsOf(after) ?? [])];
      });
    }
    this.#state = next;
    return logits;
  }

  #run(recorded: CapturedProgram, X: tf.Tensor2D): tf.Tensor {
    // no seed of its own: reading leaves the random numbers of a later training as they were
    const [logits, ...state] = recorded.runSync([X, ...(tensorsOf(this.#state) ?? [])], 0);
    this.#state = assemble(this.#state, state.values()) as S;
    return logits as tf.Tensor;
  }

  /** Frees the recorded step. */
  dispose(): void {
    this.#recorded?.dispose();
    this.#recorded = undefined;
  }
}
