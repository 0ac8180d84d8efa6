/**
 * @file The public names, module by module: the map of the library. It has no top-level `await`, so that
 * CommonJS can `require` it; there `await ready()` comes first when TensorFlow is not installed.
 */
export { checkLen, checkShape } from './core/check.js';
export type { LoadOptions } from './core/checkpoint.js';
export * from './core/classifier.js';
export * from './core/data-module.js';
export * from './core/early-stopping.js';
export * from './core/hyper-parameters.js';
export type { Lazy } from './core/lazy.js';
export * from './core/loss.js';
export * from './core/module.js';
export * from './core/ops.js';
export { Summary, type SummaryRow } from './core/summary.js';
export * from './core/tensor.js';
export type { CurveName } from './core/curves.js';
export * from './core/trainer.js';
export type { EpochRecord, FitOptions, TrainerOptions } from './core/trainer-options.js';
export * from './engine/backend.js';
export { CannotCaptureError, compile } from './engine/capture.js';
export * from './engine/device.js';
export * from './engine/tf.js';
export * from './models/encoder-decoder.js';
export * from './models/rnn-lm.js';
export * from './models/rnn-scratch.js';
export * from './models/seq2seq.js';
export * from './nn/init.js';
export * from './nn/layers.js';
export * as nn from './nn/nn.js';
export * from './nn/optim.js';
export * from './plot/board.js';
export { ColoredText, showColoredText, type ColoredTextOptions } from './plot/colored-text.js';
export { setFigsize, type Figsize } from './plot/figsize.js';
export { Figure } from './plot/figure.js';
export * from './plot/heatmap.js';
export * from './plot/histogram.js';
export type { Button, Choice, Control, ControlValue, Slider } from './plot/controls.js';
export * from './plot/interact.js';
export * from './plot/line-plot.js';
export * from './text/beam.js';
export * from './text/bleu.js';
export * from './text/fra-eng.js';
export * from './text/read-text.js';
export * from './text/time-machine.js';
export * from './text/vocab.js';
export { extract } from './util/archive.js';
export * from './util/download.js';
export { seed } from './util/random.js';
