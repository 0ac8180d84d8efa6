import { tf } from '../engine/tf.js';
import { Classifier } from '../core/classifier.js';
import { expectShape } from '../core/check.js';
import { Module, type Batch } from '../core/module.js';
import { oneHot, unstack } from '../core/ops.js';
import { parameter, randn, zeros, type Parameter, type Tensor } from '../core/tensor.js';
import type { Tensor2D, Tensor3D } from '../core/tensor.js';
import { warnUntrained } from '../core/trained.js';
import type { Device } from '../engine/device.js';
import type { Vocab } from '../text/vocab.js';
import { joined } from './outputs.js';
import { Reader } from './reader.js';
import { sampleUniform } from '../util/random.js';

/**
 * What a language model needs of its recurrent part: inputs `(steps, batch, features)` and perhaps a state give the
 * outputs, as a list of `(batch, H)` or one `(steps, batch, H)`, and the next state of type `S`.
 */
export interface RecurrentModule<S> extends Module {
  /** The width H of the outputs. */
  readonly numHiddens: number;
  /** Inputs `(steps, batch, features)` to the outputs of all steps and the last state. */
  forward(inputs: Tensor3D, state?: S): readonly [outputs: readonly Tensor[] | Tensor, state: S];
}

/**
 * A recurrent neural network from scratch (d2l section 9.5): `H ← tanh(X · Wxh + H · Whh + bh)`; weights begin in
 * N(0, sigma²), the bias at 0.
 */
export class RNNScratch extends Module {
  /** `(numInputs, numHiddens)` */
  readonly Wxh: Parameter<tf.Rank.R2>;
  /** `(numHiddens, numHiddens)` */
  readonly Whh: Parameter<tf.Rank.R2>;
  /** `(numHiddens)` */
  readonly bh: Parameter<tf.Rank.R1>;

  /**
   * @param numInputs numbers that come in at a step.
   * @param numHiddens hidden units, the width of the outputs.
   * @param sigma the standard deviation of the first weights.
   */
  constructor(
    readonly numInputs: number,
    readonly numHiddens: number,
    readonly sigma = 0.01,
  ) {
    super();
    this.saveHyperparameters();
    this.Wxh = parameter(randn([numInputs, numHiddens]).mul(sigma));
    this.Whh = parameter(randn([numHiddens, numHiddens]).mul(sigma));
    this.bh = parameter(zeros([numHiddens]));
  }

  /**
   * @param inputs `(steps, batch, numInputs)`.
   * @param state `(batch, numHiddens)`, zeros when left out.
   * @returns one output `(batch, numHiddens)` per step, and the last of them as the next state.
   */
  override forward(inputs: Tensor3D, state?: Tensor2D): [outputs: Tensor2D[], state: Tensor2D] {
    expectShape('RNNScratch', inputs, ['steps', 'batch', this.numInputs]);
    let H: tf.Tensor2D = state ?? tf.zeros([inputs.shape[1], this.numHiddens]);
    const outputs = unstack(inputs).map((X) => {
      const sum = tf.add(tf.add(tf.matMul(X as tf.Tensor2D, this.Wxh), tf.matMul(H, this.Whh)), this.bh);
      return (H = tf.tanh(sum) as tf.Tensor2D);
    });
    return [outputs, H];
  }
}

/**
 * A language model over characters, its output layer from scratch (d2l section 9.5). It plots the perplexity,
 * `exp(loss)`, as `train_ppl` and `val_ppl`.
 *
 * @example
 * const model = new d2l.RNNLMScratch(new d2l.RNNScratch(28, 32), 28, 1);
 */
export class RNNLMScratch<S = Tensor2D> extends Classifier {
  /** `(numHiddens, vocabSize)` */
  declare Whq: Parameter<tf.Rank.R2>; // set by initParams, which subclasses replace
  /** `(vocabSize)` */
  declare bq: Parameter<tf.Rank.R1>;

  /**
   * @param rnn the recurrent part, which reads one-hot vectors of `vocabSize` numbers.
   * @param vocabSize different tokens.
   * @param lr the learning rate of gradient descent.
   */
  constructor(
    readonly rnn: RecurrentModule<S>,
    readonly vocabSize: number,
    readonly lr = 0.01,
  ) {
    super();
    this.saveHyperparameters();
    this.initParams();
  }

  /** Makes the parameters of the output layer, `(numHiddens, vocabSize)` and `(vocabSize)`. */
  initParams(): void {
    const { sigma = 0.01 } = this.rnn as { sigma?: number };
    this.Whq = parameter(randn([this.rnn.numHiddens, this.vocabSize]).mul(sigma));
    this.bq = parameter(zeros([this.vocabSize]));
  }

  /** The loss of one training batch, a scalar in nats; plots its perplexity. */
  override trainingStep(batch: Batch): Tensor {
    const loss = this.loss(this.forwardBatch(batch), batch.at(-1) as Tensor);
    this.plot('ppl', tf.exp(loss as tf.Tensor), true);
    return loss;
  }

  /** Plots the perplexity, a scalar, of one validation batch. */
  override validationStep(batch: Batch): void {
    const loss = this.loss(this.forwardBatch(batch), batch.at(-1) as Tensor);
    this.plot('ppl', tf.exp(loss as tf.Tensor), false);
  }

  /** Token indices `(batch, steps)` as one-hot vectors `(steps, batch, vocabSize)`. */
  oneHot(X: Tensor): Tensor3D {
    expectShape(`${this.constructor.name}'s input`, X, ['batch', 'steps']);
    return oneHot(tf.transpose(X as tf.Tensor), this.vocabSize) as Tensor3D;
  }

  /** The recurrent part's outputs as logits `(batch, steps, vocabSize)`. */
  outputLayer(rnnOutputs: readonly Tensor[] | Tensor): Tensor {
    const outputs = joined(rnnOutputs); // (T, B, H)
    const [steps, batch, hiddens] = outputs.shape;
    const rows = tf.reshape(outputs, [steps * batch, hiddens]); // one product for all steps
    const logits = tf.add(tf.matMul(rows, this.Whq), this.bq);
    return tf.transpose(tf.reshape(logits, [steps, batch, this.vocabSize]), [1, 0, 2]);
  }

  /**
   * @param X token indices `(batch, steps)`.
   * @param state of the recurrent part, its own beginning when left out.
   * @returns logits `(batch, steps, vocabSize)`.
   */
  override forward(X: Tensor, state?: S): Tensor {
    const [outputs] = this.rnn.forward(this.oneHot(X), state);
    return this.outputLayer(outputs);
  }

  /**
   * Continues a text: reads `prefix`, then appends the most likely character `numPreds` times.
   *
   * @param device accepted as in the book; the text is made where the parameters are.
   * @returns the prefix and its continuation, `prefix.length + numPreds` characters.
   * @throws when the prefix is empty, or the vocabulary is not of the size the model was built for.
   */
  predict(prefix: string, numPreds: number, vocab: Vocab, _device?: Device): string {
    return this.generate(prefix, numPreds, vocab, (logits) => tf.argMax(logits, -1).dataSync()[0] ?? 0);
  }

  /**
   * Continues a text by drawing each character from the model's probabilities.
   *
   * @param temperature below 1 prefers likely characters, above 1 evens them out; repeatable after `seed(n)`.
   * @throws when the temperature is not above 0, and what `predict` throws.
   */
  sample(prefix: string, numPreds: number, vocab: Vocab, temperature = 1): string {
    if (!(temperature > 0))
      throw new Error(`the temperature must be above 0, got ${temperature}: or use predict`);
    return this.generate(prefix, numPreds, vocab, (logits) =>
      draw(tf.softmax(tf.div(logits, temperature)).dataSync()),
    );
  }

  /** Reads the prefix, then lets `choose` pick each next index from logits `(1, vocabSize)`. @internal */
  protected generate(
    prefix: string,
    numPreds: number,
    vocab: Vocab,
    choose: (logits: tf.Tensor) => number,
  ): string {
    const indices = vocab.indices([...prefix]);
    const warmUp = indices.length;
    if (vocab.length !== this.vocabSize) {
      throw new Error(
        `the model was built for ${this.vocabSize} tokens, the vocabulary has ${vocab.length}: predict with the one of the training data`,
      );
    }
    if (warmUp === 0) throw new Error('predict needs a prefix of at least one character to begin with');
    warnUntrained(this);
    const wasTraining = this.training;
    this.eval();
    const reader = new Reader<S>((X, state) => {
      const [outputs, next] = this.rnn.forward(this.oneHot(X), state);
      return [tf.reshape(this.outputLayer(outputs) as tf.Tensor, [1, this.vocabSize]), next];
    }, warmUp + numPreds);
    try {
      tf.tidy(() => {
        for (let i = 0; indices.length < warmUp + numPreds; i++) {
          const logits = reader.read(indices[i] as number);
          if (i + 1 >= warmUp) indices.push(choose(logits)); // else still reading the prefix
        }
      });
    } finally {
      reader.dispose();
      this.train(wasTraining);
    }
    return vocab.toTokens(indices).join('');
  }
}

/** An index drawn with the probabilities given. */
function draw(probabilities: ArrayLike<number>): number {
  let left = sampleUniform();
  for (let i = 0; i < probabilities.length; i++) {
    left -= probabilities[i] ?? 0;
    if (left < 0) return i;
  }
  return probabilities.length - 1;
}
