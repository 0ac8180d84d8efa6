/** @file Cells that must compile, and cells that must not, with the error each must give. */

/** The language model section of the lecture, as a reader types it, in one piece. */
export const lstmSection = `
class LSTMScratch extends d2l.Module {
  Wxi; Whi; bi;
  Wxf; Whf; bf;
  Wxo; Who; bo;
  Wxc; Whc; bc;

  constructor(readonly numInputs: number, readonly numHiddens: number, readonly sigma = 0.01) {
    super();
    this.saveHyperparameters();
    const weight = (...shape: [number, number]) => d2l.parameter(d2l.randn(shape).mul(sigma));
    const triple = () =>
      [weight(numInputs, numHiddens), weight(numHiddens, numHiddens), d2l.parameter(d2l.zeros([numHiddens]))] as const;
    [this.Wxi, this.Whi, this.bi] = triple(); // input gate
    [this.Wxf, this.Whf, this.bf] = triple(); // forget gate
    [this.Wxo, this.Who, this.bo] = triple(); // output gate
    [this.Wxc, this.Whc, this.bc] = triple(); // input node
  }
}

type State = [H: d2l.Tensor2D, C: d2l.Tensor2D];

d2l.addToClass(LSTMScratch, {
  forward(inputs: d2l.Tensor3D, state?: State): [d2l.Tensor2D[], State] {
    const zeros = () => d2l.zeros([inputs.shape[1], this.numHiddens]);
    let [H, C] = state ?? [zeros(), zeros()];
    const outputs: d2l.Tensor2D[] = [];
    for (const X of d2l.unstack(inputs)) {
      const I = d2l.sigmoid(d2l.matmul(X, this.Wxi).add(d2l.matmul(H, this.Whi)).add(this.bi));
      const F = d2l.sigmoid(d2l.matmul(X, this.Wxf).add(d2l.matmul(H, this.Whf)).add(this.bf));
      const O = d2l.sigmoid(d2l.matmul(X, this.Wxo).add(d2l.matmul(H, this.Who)).add(this.bo));
      const Cnew = d2l.tanh(d2l.matmul(X, this.Wxc).add(d2l.matmul(H, this.Whc)).add(this.bc));
      C = F.mul(C).add(I.mul(Cnew));
      H = O.mul(d2l.tanh(C));
      outputs.push(H);
    }
    return [outputs, [H, C]];
  },
});
interface LSTMScratch {
  forward(inputs: d2l.Tensor3D, state?: State): [d2l.Tensor2D[], State];
}

const data = new d2l.TimeMachine(1024, 32);
const lstm = new LSTMScratch(data.vocab.length, 32);
const model = new d2l.RNNLMScratch(lstm, data.vocab.length, 4);
const trainer = new d2l.Trainer({ maxEpochs: 60, gradientClipVal: 1, numGpus: 1 });
await trainer.fit(model, data);
const text: string = model.predict('time traveller', 50, data.vocab, d2l.tryGpu());

class LSTM extends d2l.RNN<d2l.LSTMState> {
  constructor(numInputs: number, numHiddens: number) {
    super(numInputs, numHiddens, new d2l.nn.LSTM(numInputs, numHiddens));
  }
}
const concise = new d2l.RNNLM(new LSTM(data.vocab.length, 32), data.vocab.length, 4);
await trainer.fit(concise, data);
console.log(text, concise.predict('time traveller', 50, data.vocab));
`;

/** The translation section of the lecture. */
export const translationSection = `
const data = new d2l.MTFraEng(128);
const encoder = new d2l.Seq2SeqEncoder(data.srcVocab.length, 256, 256, 2, 0.2);
const decoder = new d2l.Seq2SeqDecoder(data.tgtVocab.length, 256, 256, 2, 0.2);
class Masked extends d2l.EncoderDecoder<d2l.EncoderOutputs, d2l.EncoderOutputs> {
  constructor(encoder: d2l.Seq2SeqEncoder, decoder: d2l.Seq2SeqDecoder, readonly tgtPad: number, readonly lr: number) {
    super(encoder, decoder);
    this.saveHyperparameters();
  }
  configureOptimizers() {
    return new d2l.Adam(this.parameters(), this.lr);
  }
}
d2l.addToClass(Masked, {
  loss(yHat: d2l.Tensor, y: d2l.Tensor): d2l.Tensor {
    const losses = d2l.crossEntropy(yHat, y);
    const mask = d2l.astype(d2l.reshape(y, [-1]).notEqual(this.tgtPad), 'float32');
    return d2l.reduceSum(losses.mul(mask)).div(d2l.reduceSum(mask));
  },
});
const model = new Masked(encoder, decoder, data.tgtVocab.get('<pad>'), 0.005);
const trainer = new d2l.Trainer({ maxEpochs: 30, gradientClipVal: 1 });
await trainer.fit(model, data);
const engs = ['go .', 'i lost .'];
const fras = ['va !', "j'ai perdu ."];
const [preds] = model.predictStep(data.build(engs, fras), d2l.tryGpu(), data.numSteps);
preds.arraySync().forEach((row, i) => {
  const tokens = data.tgtVocab.toTokens(row);
  const end = tokens.indexOf('<eos>');
  const translation = tokens.slice(0, end < 0 ? undefined : end).join(' ');
  console.log(engs[i], translation, d2l.bleu(translation, fras[i] ?? '', 2));
});
`;

/** Base classes whose methods follow in later cells, as the book's chapters write them. */
export const laterMethods = `
class Words extends d2l.Encoder<d2l.Tensor3D> {
  embedding = new d2l.Embedding(10, 4);
}
d2l.addToClass(Words, {
  forward(X: d2l.Tensor) { return this.embedding.forward(d2l.swapaxes(X, 0, 1)) as d2l.Tensor3D; },
});
class Echo extends d2l.Decoder<d2l.Tensor3D, d2l.Tensor3D> {}
d2l.addToClass(Echo, {
  initState(encAllOutputs: d2l.Tensor3D) { return encAllOutputs; },
  forward(X: d2l.Tensor, state: d2l.Tensor3D): [d2l.Tensor, d2l.Tensor3D] { return [X, state]; },
});
class Rows extends d2l.DataModule {
  constructor(readonly batchSize: number) { super(); }
}
d2l.addToClass(Rows, {
  getDataloader(train: boolean) { return this.getTensorloader([d2l.zeros([8, 2])], train); },
});
new d2l.EncoderDecoder(new Words(), new Echo()).forward(d2l.zeros([2, 3], 'int32'), d2l.zeros([2, 3], 'int32'));
new Rows(4).trainDataloader();
`;

/** Mistakes that the compiler must find, with the code of its error. */
export const mistakes: readonly (readonly [code: number, cell: string])[] = [
  [2561, 'new d2l.Trainer({ maxEpochs: 3, gradientClip: 1 });'],
  [2741, 'new d2l.Trainer({ gradientClipVal: 1 });'],
  [2345, "new d2l.TimeMachine('1024', 32);"],
  [2740, 'declare const t: d2l.Trainer, m: d2l.Module, d: d2l.DataModule; await t.fit(d, m);'],
  [2353, 'new d2l.nn.GRU(28, 32, { layers: 2 });'],
  [2345, 'new d2l.nn.LSTM(28, 32).forward(d2l.zeros([5, 2, 28]), d2l.zeros([1, 2, 32]));'],
  [2741, 'new d2l.RNNLMScratch(new d2l.Linear(28, 32), 28);'],
  [7052, "declare const v: d2l.Vocab; v['the'];"],
  [2769, 'd2l.matmul(d2l.zeros([2, 3]), 3);'],
  [2551, 'class A extends d2l.Module { size = 1; } d2l.addToClass(A, { forward() { return this.sizes; } });'],
  [2322, 'class A extends d2l.Module {} d2l.addToClass(A, { forward: 3 });'],
  [2554, 'class A extends d2l.RNN<d2l.LSTMState> { constructor() { super(28, 32); } }'],
  [2416, 'class A extends d2l.Classifier { forward(X: d2l.Tensor): number { return 1; } }'],
  [2515, 'class A extends d2l.DataModule {}'],
  [2416, 'class A extends d2l.Encoder<d2l.EncoderOutputs> { forward(X: d2l.Tensor) { return X; } }'],
  [2511, 'new d2l.Decoder();'],
  [2322, 'const s: number = new d2l.RNNScratch(2, 2).forward(d2l.zeros([1, 1, 2]))[1];'],
];
