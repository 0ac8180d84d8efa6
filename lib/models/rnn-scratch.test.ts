import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as d2l from '../main.js';
import {
  assertClose,
  camel,
  computed,
  fixture,
  gradients,
  setWeights,
  tensorOf,
  type Stored,
} from '../test/fixtures.js';
import { BiRNNScratch, GRUScratch, LSTMScratch, StackedRNNScratch } from '../test/scratch-models.js';

interface Case {
  outputs: Stored;
  final_states: Stored[];
  grads_out: Record<string, Stored>;
}
interface ScratchFixture {
  weights: Record<string, Stored>;
  X: Stored;
  G: Stored;
  s0: Stored;
  s1?: Stored;
  cases: Record<'zero_state' | 'given_state', Case>;
}

/** A state of one tensor is the tensor itself, one of several is a list. */
type AnyRecurrent = d2l.RecurrentModule<d2l.Tensor | d2l.Tensor[]>;

const models: Record<string, () => d2l.Module> = {
  RNNScratch: () => new d2l.RNNScratch(4, 3),
  LSTMScratch: () => new LSTMScratch(4, 3),
  GRUScratch: () => new GRUScratch(4, 3),
  StackedRNNScratch: () => new StackedRNNScratch(4, 3, 2),
  BiRNNScratch: () => new BiRNNScratch(4, 3),
};

function run(
  model: d2l.Module,
  X: d2l.Tensor,
  states: d2l.Tensor[],
): { outputs: d2l.Tensor; states: d2l.Tensor[] } {
  const state = states.length > 1 ? states : states[0];
  const [outputs, last] = (model as AnyRecurrent).forward(X as d2l.Tensor3D, state);
  return {
    outputs: Array.isArray(outputs) ? d2l.stack(outputs as d2l.Tensor[]) : (outputs as d2l.Tensor),
    states: Array.isArray(last) ? last : [last],
  };
}

for (const [name, make] of Object.entries(models)) {
  const f = fixture<ScratchFixture>(`scratch_${name}`);
  for (const [given, wanted] of Object.entries(f.cases)) {
    test(`${name}, ${given}: outputs, states and gradients are those of the book's class`, () => {
      const model = make();
      setWeights(model, f.weights);
      const states: Record<string, d2l.Tensor> =
        given === 'zero_state' ? {} : { s0: tensorOf(f.s0), ...(f.s1 && { s1: tensorOf(f.s1) }) };
      const [outputs, ...last] = computed(() => {
        const result = run(model, tensorOf(f.X), Object.values(states));
        return [result.outputs, ...result.states] as const;
      });
      assertClose(outputs, wanted.outputs, 'outputs');
      wanted.final_states.forEach((s, i) => assertClose(last[i] as d2l.Tensor, s, `state ${i}`));

      const { grads } = gradients<string>(model, { X: tensorOf(f.X), ...states }, ({ X, ...rest }) =>
        d2l.reduceSum(run(model, X as d2l.Tensor, Object.values(rest)).outputs.mul(tensorOf(f.G))),
      );
      for (const [key, g] of Object.entries(wanted.grads_out)) {
        assertClose(grads.get(camel(key)) as d2l.Tensor, g, `d outputs / d ${key}`);
      }
    });
  }
}

test('the scratch LSTM and the library layer give the same outputs and state for the same weights', () => {
  d2l.seed(3);
  const scratch = new LSTMScratch(4, 3, 0.5);
  const layer = new d2l.nn.LSTM(4, 3);
  const gates = ['i', 'f', 'c', 'o'] as const; // PyTorch's order i, f, g, o
  const stacked = (part: 'Wx' | 'Wh'): d2l.tf.Tensor =>
    d2l.tf.concat(gates.map((g) => d2l.tf.transpose(scratch[`${part}${g}`] as d2l.tf.Tensor)));
  layer.weightIhL0.assign(stacked('Wx'));
  layer.weightHhL0.assign(stacked('Wh'));
  d2l.nn.initConstant(layer.biasIhL0, 0);
  d2l.nn.initConstant(layer.biasHhL0, 0);
  const X = d2l.randn([5, 2, 4]);
  const [outputs, H, C] = computed(() => {
    const [hs, last] = scratch.forward(X);
    return [d2l.stack(hs), ...last];
  });
  const [expected, [expectedH, expectedC]] = layer.forward(X);
  assertClose(outputs, expected, 'outputs');
  assertClose(d2l.expandDims(H), expectedH, 'H');
  assertClose(d2l.expandDims(C), expectedC, 'C');
});

test('predict returns the prefix and as many characters as asked for, and refuses an empty prefix', () => {
  d2l.seed(0);
  const vocab = new d2l.Vocab(Array.from('the time machine '));
  const model = new d2l.RNNLMScratch(new d2l.RNNScratch(vocab.length, 8, 1), vocab.length);
  const characters = (text: string): number => text.replaceAll('<unk>', '?').length;
  assert.equal(characters(model.predict('it', 7, vocab)), 9);
  assert.equal(model.predict('the', 0, vocab), 'the');
  assert.equal(characters(model.sample('the', 5, vocab)), 8);
  assert.throws(() => model.predict('', 5, vocab), /predict needs a prefix of at least one character/);
  assert.throws(() => model.sample('the', 5, vocab, 0), /temperature must be above 0, got 0/);
});

test('predict keeps the state while it reads: the continuation depends on the whole prefix', () => {
  d2l.seed(1);
  const vocab = new d2l.Vocab(Array.from('abcdefgh'));
  const model = new d2l.RNNLMScratch(new d2l.RNNScratch(vocab.length, 16, 1), vocab.length);
  const expected = 'abc'.split('');
  let state: d2l.Tensor2D | undefined;
  let logits: d2l.Tensor = d2l.zeros([1, 1]);
  for (let i = 0; expected.length < 8; i++) {
    const X = d2l.tensor([[vocab.get(expected[i] ?? '')]], 'int32');
    const [outputs, next] = model.rnn.forward(model.oneHot(X), state);
    state = next;
    logits = model.outputLayer(outputs);
    if (i >= 2) expected.push(vocab.toTokens(d2l.argmax(logits).dataSync()[0] ?? 0));
  }
  assert.equal(model.predict('abc', 5, vocab), expected.join(''));
});
