/** @file The lecture's models on the lecture's data, under the names that the PyTorch side uses too. */
import * as d2l from '../../lib/main.js';
import { BiRNNScratch, GRUScratch, LSTMScratch, StackedRNNScratch } from '../../lib/test/scratch-models.js';

export interface Workload {
  readonly data: d2l.DataModule;
  readonly model: d2l.Module;
}

/** Sizes that may differ from the lecture's: how does a step grow with them? */
export interface Sizes {
  readonly batch?: number;
  readonly steps?: number;
  readonly hiddens?: number;
}

const HIDDENS = 32;

type Recurrent = d2l.RecurrentModule<unknown>;
type MakeRecurrent = (vocab: number, hiddens: number) => Recurrent;

/** The lecture's split; larger batches get more windows, so that there is more than one batch. */
const timeMachine = (batch: number, steps: number): d2l.TimeMachine =>
  new d2l.TimeMachine(batch, steps, {
    numTrain: Math.max(10_000, 4 * batch),
    numVal: Math.max(5_000, batch),
  });

function scratch(make: MakeRecurrent, lr: number) {
  return ({ batch = 1024, steps = 32, hiddens = HIDDENS }: Sizes): Workload => {
    const data = timeMachine(batch, steps);
    const vocab = data.vocab.length;
    return { data, model: new d2l.RNNLMScratch(make(vocab, hiddens), vocab, lr) };
  };
}

function concise(make: MakeRecurrent, lr: number) {
  return ({ batch = 1024, steps = 32, hiddens = HIDDENS }: Sizes): Workload => {
    const data = timeMachine(batch, steps);
    const vocab = data.vocab.length;
    return { data, model: new d2l.RNNLM(make(vocab, hiddens), vocab, lr) };
  };
}

function translation(batchSize: number, numTrain: number) {
  return ({ batch = batchSize, steps = 9, hiddens = 256 }: Sizes): Workload => {
    const data = new d2l.MTFraEng(batch, { numTrain, numSteps: steps });
    const encoder = new d2l.Seq2SeqEncoder(data.srcVocab.length, 256, hiddens, 2, 0.2);
    const decoder = new d2l.Seq2SeqDecoder(data.tgtVocab.length, 256, hiddens, 2, 0.2);
    return { data, model: new d2l.Seq2Seq(encoder, decoder, data.tgtVocab.get('<pad>'), 0.005) };
  };
}

/** What each name trains. */
export const workloads: Record<string, (sizes: Sizes) => Workload> = {
  W1: scratch((vocab, hiddens) => new d2l.RNNScratch(vocab, hiddens) as Recurrent, 4),
  W2: scratch((vocab, hiddens) => new LSTMScratch(vocab, hiddens) as Recurrent, 4),
  W3: concise((vocab, hiddens) => new d2l.LSTM(vocab, hiddens) as Recurrent, 4),
  W4: scratch((vocab, hiddens) => new GRUScratch(vocab, hiddens) as Recurrent, 4),
  W5: concise((vocab, hiddens) => new d2l.GRU(vocab, hiddens) as Recurrent, 4),
  W6: scratch((vocab, hiddens) => new StackedRNNScratch(vocab, hiddens, 2) as Recurrent, 2),
  W7: concise((vocab, hiddens) => new d2l.GRU(vocab, hiddens, 2) as Recurrent, 2),
  W8: scratch((vocab, hiddens) => new BiRNNScratch(vocab, hiddens) as Recurrent, 4),
  W9: translation(128, 512),
  W9b: translation(512, 20_000),
};
