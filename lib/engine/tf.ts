/** @file The one door to TensorFlow.js: `tf`, with methods on tensors (`x.add(y)`) and gradients. */
import './umbrella.js';
import type * as chainedOps from '@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops.js';

// `require` spares every user the 50 ms that Node takes to find the exports' names in a megabyte of CommonJS.
import tf = require('@tensorflow/tfjs-core');
/** TensorFlow.js itself, for whatever has no name of its own here: `d2l.tf.tidy`, `d2l.tf.memory()`. */
export { tf };

/** The declarations of methods on tensors; named here so that they reach whoever imports this package. */
export type ChainedOps = typeof chainedOps;
