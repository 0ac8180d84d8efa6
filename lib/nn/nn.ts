/** @file The layers under the name `d2l.nn`, where PyTorch users look for them: `new d2l.nn.LSTM(28, 32)`. */
export { dropout } from './dropout.js';
export * from './init.js';
export * from './layers.js';
export * from './recurrent.js';
