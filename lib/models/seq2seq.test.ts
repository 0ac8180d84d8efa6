import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import {
  assertClose,
  camel,
  CAPTURED,
  computed,
  fixture,
  gradients,
  setWeights,
  tensorOf,
  type Stored,
} from '../test/fixtures.js';

interface Seq2SeqFixture {
  lr: number;
  clip: number;
  tgt_pad: number;
  src: Stored;
  tgt_in: Stored;
  src_valid_len: Stored;
  label: Stored;
  weights: Record<string, Stored>;
  enc_outputs: Stored;
  enc_state: Stored;
  greedy_tokens_before_training: Stored;
  train_steps: {
    loss: number;
    grad_norm: number;
    logits: Stored;
    grads_unclipped: Record<string, Stored>;
    weights_after: Record<string, Stored>;
  }[];
}

const f = fixture<Seq2SeqFixture>('seq2seq');
const batch = [f.src, f.tgt_in, f.src_valid_len, f.label].map((x) => tensorOf(x, 'int32')) as d2l.tf.Tensor[];
const [src, tgtIn, srcValidLen, label] = batch as [d2l.Tensor, d2l.Tensor, d2l.Tensor, d2l.Tensor];

function stored(): d2l.Seq2Seq {
  const encoder = new d2l.Seq2SeqEncoder(7, 4, 3, 2);
  const decoder = new d2l.Seq2SeqDecoder(8, 4, 3, 2);
  const model = new d2l.Seq2Seq(encoder, decoder, f.tgt_pad, f.lr);
  model.applyInit([src, tgtIn, srcValidLen]);
  setWeights(model, f.weights);
  model.board.display = false;
  return model;
}

class OneBatch extends d2l.DataModule {
  readonly batchSize = 2;
  override getDataloader(train: boolean): d2l.TensorLoader | undefined {
    return train ? this.getTensorloader(batch, false) : undefined;
  }
}

test("seq2seq: encoder, greedy tokens, losses and gradients are PyTorch's", () => {
  const model = stored();
  const [outputs, state] = computed(() => model.encoder.forward(src));
  assertClose(outputs, f.enc_outputs, 'encoder outputs');
  assertClose(state, f.enc_state, 'encoder state');
  let attention: d2l.Tensor[][] | undefined;
  const [tokens] = computed(() => {
    const [written, looked] = model.predictStep(batch, d2l.cpu(), 5);
    attention = looked;
    return [written];
  });
  assert.deepEqual([...tokens.dataSync()], f.greedy_tokens_before_training.data);
  assert.deepEqual(attention, []);

  for (const [i, step] of f.train_steps.entries()) {
    const [logits] = computed(() => [model.forward(src, tgtIn, srcValidLen)] as const);
    assertClose(logits, step.logits, `logits ${i}`);
    const { value, grads } = gradients(model, {}, () =>
      model.loss(model.forward(src, tgtIn, srcValidLen), label),
    );
    assertClose(value, [step.loss], `loss ${i}`);
    for (const [key, g] of Object.entries(step.grads_unclipped)) {
      assertClose(grads.get(camel(key)) as d2l.Tensor, g, `gradient ${i} of ${key}`, 2e-5);
    }
    setWeights(model, step.weights_after); // the update itself is tested by fit, below
  }
});

test("seq2seq: three steps of fit with Adam and clipping end at PyTorch's weights", async () => {
  const model = stored();
  const trainer = new d2l.Trainer({ maxEpochs: 3, gradientClipVal: f.clip, capture: CAPTURED });
  await trainer.fit(model, new OneBatch());
  trainer.history.forEach((record, i) => {
    assertClose([record.train_loss ?? NaN], [f.train_steps[i]?.loss ?? 0], `loss ${i}`);
  });
  const last = f.train_steps.at(-1)?.weights_after ?? {};
  for (const [key, w] of Object.entries(last)) {
    // Adam divides by the root of tiny squares, so float32 leaves a little more than elsewhere
    assertClose(model.namedParameters().get(camel(key)) as d2l.Tensor, w, `weight ${key}`, 1e-4);
  }
});

test('the shapes are those of the book: vocab 10, embed 8, hidden 16, layers 2, batch 4, steps 9', () => {
  const encoder = new d2l.Seq2SeqEncoder(10, 8, 16, 2);
  const decoder = new d2l.Seq2SeqDecoder(10, 8, 16, 2);
  const X = d2l.zeros([4, 9], 'int32');
  const encoded = encoder.forward(X);
  d2l.checkShape(encoded[0], [9, 4, 16]);
  d2l.checkShape(encoded[1], [2, 4, 16]);
  const [outputs, [, hidden]] = decoder.forward(X, decoder.initState(encoded));
  d2l.checkShape(outputs, [4, 9, 10]);
  d2l.checkShape(hidden, [2, 4, 16]);
});

test('initSeq2seq draws GRU weights by Xavier, keeps biases, and leaves the lazy dense layer as it is', () => {
  d2l.seed(0);
  const decoder = new d2l.Seq2SeqDecoder(60, 32, 32, 2);
  decoder.applyInit([d2l.zeros([1, 2], 'int32'), [d2l.zeros([2, 1, 32]), d2l.zeros([2, 1, 32])] as never]);
  const bounds: Record<string, number> = {
    'rnn.rnn.weightIhL0': Math.sqrt(6 / (96 + 64)),
    'rnn.rnn.weightHhL1': Math.sqrt(6 / (96 + 32)),
    'rnn.rnn.biasIhL0': 1 / Math.sqrt(32),
    'dense.weight': 1 / Math.sqrt(32),
  };
  for (const [name, bound] of Object.entries(bounds)) {
    const values = [...(decoder.namedParameters().get(name)?.dataSync() ?? [])];
    const largest = values.reduce((max, v) => Math.max(max, Math.abs(v)), 0);
    assert.ok(largest <= bound * (1 + 1e-6) && largest > 0.9 * bound, `${name}: ${largest} of ${bound}`);
  }
});

test('beam search with one beam is greedy search; with more its best is at least as likely', () => {
  d2l.seed(4);
  const model = stored();
  const eos = 2;
  const [greedy] = model.predictStep(batch, undefined, 5);
  const rows = greedy
    .arraySync()
    .map((row) => (row.includes(eos) ? row.slice(0, row.indexOf(eos) + 1) : row));
  const one = d2l.beamSearch(model, batch, { beamSize: 1, numSteps: 5, eos });
  assert.deepEqual(
    one.map(([best]) => best?.tokens),
    rows,
  );
  const before = d2l.tf.memory().numTensors;
  const four = d2l.beamSearch(model, batch, { beamSize: 64, numSteps: 2, eos, lengthPenalty: 0 });
  assert.equal(d2l.tf.memory().numTensors, before);
  // 64 beams over two steps of 8 tokens are all there are: the probabilities of the best must be the true maximum
  for (const [i, hypotheses] of four.entries()) {
    const scores = hypotheses.map(({ score }) => score);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
    const total = hypotheses.reduce((sum, { score }) => sum + Math.exp(score), 0);
    assert.ok(Math.abs(total - 1) < 1e-5, `sentence ${i}: probabilities add up to ${total}`);
  }
  assert.throws(
    () => d2l.beamSearch(model, batch, { beamSize: 0, numSteps: 2, eos }),
    /beamSize must be a positive/,
  );
});

test('beam search that goes on from each step finds what reading from the start finds', () => {
  d2l.seed(5);
  const model = stored();
  for (const p of model.parameters()) p.assign(d2l.randn(p.shape).mul(2)); // no step like the last
  const search = (eos: number): d2l.Hypothesis[][] =>
    d2l.beamSearch(model, batch, { beamSize: 3, numSteps: 6, eos });
  const goingOn = [1, 2, 3].map(search);
  Object.assign(model.decoder, { selectState: undefined });
  const fromTheStart = [1, 2, 3].map(search);
  const tokens = (found: d2l.Hypothesis[][][]): number[][] => found.flat(2).map((each) => [...each.tokens]);
  const scores = (found: d2l.Hypothesis[][][]): number[] => found.flat(2).map(({ score }) => score);
  assert.deepEqual(tokens(goingOn), tokens(fromTheStart));
  assertClose(scores(goingOn), scores(fromTheStart), 'scores');
  assert.ok(new Set(tokens(goingOn).map(String)).size > 6);
});

test('attention weights are given by a decoder that has them, and missed in one that has not', () => {
  class Watching extends d2l.AttentionDecoder<d2l.EncoderOutputs, d2l.EncoderOutputs> {
    readonly inner = new d2l.Seq2SeqDecoder(8, 4, 3, 2);
    #weights: d2l.Tensor[] = [];
    get attentionWeights(): readonly d2l.Tensor[] {
      return this.#weights;
    }
    override initState(outputs: d2l.EncoderOutputs): d2l.EncoderOutputs {
      return outputs;
    }
    override forward(X: d2l.Tensor, state: d2l.EncoderOutputs): [d2l.Tensor, d2l.EncoderOutputs] {
      this.#weights = [d2l.zeros([2, 5])];
      return this.inner.forward(X, state);
    }
  }
  const watching = new d2l.EncoderDecoder(new d2l.Seq2SeqEncoder(7, 4, 3, 2), new Watching());
  const [tokens, attention] = watching.predictStep(batch, undefined, 3, true);
  d2l.checkShape(tokens, [2, 3]);
  assert.deepEqual(
    attention.map((step) => step.map((weights) => weights.shape)),
    [[[2, 5]], [[2, 5]], [[2, 5]]],
  );
  assert.throws(
    () => stored().predictStep(batch, undefined, 3, true),
    /Seq2SeqDecoder has no attention weights/,
  );
});
