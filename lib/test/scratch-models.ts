/** @file The lecture's from-scratch models, written as its cells write them. */
import * as d2l from '../main.js';

/** The state of `LSTMScratch`. */
export type HiddenAndCell = [H: d2l.Tensor2D, C: d2l.Tensor2D];

/** d2l section 10.1.3. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export class LSTMScratch extends d2l.Module {
  Wxi;
  Whi;
  bi; // prettier-ignore
  Wxf;
  Whf;
  bf; // prettier-ignore
  Wxo;
  Who;
  bo; // prettier-ignore
  Wxc;
  Whc;
  bc; // prettier-ignore

  constructor(
    readonly numInputs: number,
    readonly numHiddens: number,
    readonly sigma = 0.01,
  ) {
    super();
    this.saveHyperparameters();
    const weight = (...shape: [number, number]) => d2l.parameter(d2l.randn(shape).mul(sigma));
    const triple = () =>
      [
        weight(numInputs, numHiddens),
        weight(numHiddens, numHiddens),
        d2l.parameter(d2l.zeros([numHiddens])),
      ] as const;
    [this.Wxi, this.Whi, this.bi] = triple(); // input gate
    [this.Wxf, this.Whf, this.bf] = triple(); // forget gate
    [this.Wxo, this.Who, this.bo] = triple(); // output gate
    [this.Wxc, this.Whc, this.bc] = triple(); // input node
  }
}

d2l.addToClass(LSTMScratch, {
  forward(inputs: d2l.Tensor3D, state?: HiddenAndCell): [d2l.Tensor2D[], HiddenAndCell] {
    const zeros = () => d2l.zeros([inputs.shape[1], this.numHiddens]);
    let [H, C] = state ?? [zeros(), zeros()];
    const outputs = d2l.unstack(inputs).map((X) => {
      const I = d2l.sigmoid(d2l.matmul(X, this.Wxi).add(d2l.matmul(H, this.Whi)).add(this.bi));
      const F = d2l.sigmoid(d2l.matmul(X, this.Wxf).add(d2l.matmul(H, this.Whf)).add(this.bf));
      const O = d2l.sigmoid(d2l.matmul(X, this.Wxo).add(d2l.matmul(H, this.Who)).add(this.bo));
      const Cnew = d2l.tanh(d2l.matmul(X, this.Wxc).add(d2l.matmul(H, this.Whc)).add(this.bc));
      C = F.mul(C).add(I.mul(Cnew));
      H = O.mul(d2l.tanh(C));
      return H;
    });
    return [outputs, [H, C]];
  },
});
// In a notebook the kernel tells later cells about the new method; a plain file says it itself.
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging
export interface LSTMScratch {
  forward(inputs: d2l.Tensor3D, state?: HiddenAndCell): [d2l.Tensor2D[], HiddenAndCell];
}

/** d2l section 10.2.4; it resets before the product, as the book's does. */
export class GRUScratch extends d2l.Module {
  Wxz;
  Whz;
  bz; // prettier-ignore
  Wxr;
  Whr;
  br; // prettier-ignore
  Wxh;
  Whh;
  bh; // prettier-ignore

  constructor(
    readonly numInputs: number,
    readonly numHiddens: number,
    readonly sigma = 0.01,
  ) {
    super();
    this.saveHyperparameters();
    const weight = (...shape: [number, number]) => d2l.parameter(d2l.randn(shape).mul(sigma));
    const triple = () =>
      [
        weight(numInputs, numHiddens),
        weight(numHiddens, numHiddens),
        d2l.parameter(d2l.zeros([numHiddens])),
      ] as const;
    [this.Wxz, this.Whz, this.bz] = triple(); // update gate
    [this.Wxr, this.Whr, this.br] = triple(); // reset gate
    [this.Wxh, this.Whh, this.bh] = triple(); // candidate state
  }

  override forward(inputs: d2l.Tensor3D, state?: d2l.Tensor2D): [d2l.Tensor2D[], d2l.Tensor2D] {
    let H = state ?? d2l.zeros([inputs.shape[1], this.numHiddens]);
    const outputs: d2l.Tensor2D[] = [];
    for (const X of d2l.unstack(inputs)) {
      const Z = d2l.sigmoid(d2l.matmul(X, this.Wxz).add(d2l.matmul(H, this.Whz)).add(this.bz));
      const R = d2l.sigmoid(d2l.matmul(X, this.Wxr).add(d2l.matmul(H, this.Whr)).add(this.br));
      const Hnew = d2l.tanh(
        d2l
          .matmul(X, this.Wxh)
          .add(d2l.matmul(R.mul(H), this.Whh))
          .add(this.bh),
      );
      H = Z.mul(H).add(Z.mul(-1).add(1).mul(Hnew));
      outputs.push(H);
    }
    return [outputs, H];
  }
}

/** d2l section 10.3.1. */
export class StackedRNNScratch extends d2l.Module {
  readonly rnns: d2l.RNNScratch[];

  constructor(
    readonly numInputs: number,
    readonly numHiddens: number,
    readonly numLayers: number,
    readonly sigma = 0.01,
  ) {
    super();
    this.saveHyperparameters();
    this.rnns = Array.from(
      { length: numLayers },
      (_, i) => new d2l.RNNScratch(i === 0 ? numInputs : numHiddens, numHiddens, sigma),
    );
  }

  override forward(inputs: d2l.Tensor3D, states?: d2l.Tensor2D[]): [d2l.Tensor3D, d2l.Tensor2D[]] {
    let outputs = inputs;
    const last = this.rnns.map((rnn, i) => {
      const [Hs, state] = rnn.forward(outputs, states?.[i]);
      outputs = d2l.stack(Hs);
      return state;
    });
    return [outputs, last];
  }
}

/** d2l section 10.4.2. */
export class BiRNNScratch extends d2l.Module {
  readonly fRnn: d2l.RNNScratch;
  readonly bRnn: d2l.RNNScratch;
  readonly numHiddens: number;

  constructor(
    readonly numInputs: number,
    numHiddens: number,
    readonly sigma = 0.01,
  ) {
    super();
    this.fRnn = new d2l.RNNScratch(numInputs, numHiddens, sigma);
    this.bRnn = new d2l.RNNScratch(numInputs, numHiddens, sigma);
    this.numHiddens = 2 * numHiddens; // the output layer sees both directions
    this.saveHyperparameters();
  }

  override forward(
    inputs: d2l.Tensor3D,
    states?: [d2l.Tensor2D, d2l.Tensor2D],
  ): [d2l.Tensor2D[], [d2l.Tensor2D, d2l.Tensor2D]] {
    const [forward, fState] = this.fRnn.forward(inputs, states?.[0]);
    const [backward, bState] = this.bRnn.forward(d2l.reverse(inputs), states?.[1]);
    const aligned = backward.toReversed();
    return [forward.map((H, t) => d2l.concat([H, aligned[t] ?? H], 1)), [fState, bState]];
  }
}
