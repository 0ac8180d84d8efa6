import { tf } from '../engine/tf.js';
import { adam, descend, descendWithMomentum } from '../engine/updates.js';
import { expectOptions } from '../core/check.js';
import { HyperParameters } from '../core/hyper-parameters.js';
import { stateVariable } from '../core/parameter.js';
import type { Parameter, Tensor } from '../core/tensor.js';

/** A learning rate: a number, or a function of the step (0, 1, …) such as `(t) => 0.1 / Math.sqrt(t + 1)`. */
export type LearningRate = number | ((step: number) => number);

/**
 * What the trainer needs of an optimizer. `step` is arithmetic on variables only: whatever changes from step to step
 * is a variable too, so that an engine can record the whole training step once and replay it.
 */
export interface Optimizer {
  /**
   * Updates the parameters in place.
   *
   * @param gradients one for each parameter, of its shape; `undefined` for one that the loss does not depend on.
   */
  step(gradients: readonly (Tensor | undefined)[]): void;
  /** Called before each step with its number (0, 1, …), outside of the recorded arithmetic. */
  beforeStep?(step: number): void;
  /** Variables of any shape that `step` reads or writes besides the parameters, by name. */
  state?(): Map<string, Parameter>;
}

/** The learning rate as a variable, which a schedule sets from outside the recorded step. */
class Rate {
  readonly variable: Parameter;
  readonly #schedule: (step: number) => number;
  #current: number;

  constructor(rate: LearningRate) {
    this.#schedule = typeof rate === 'number' ? () => rate : rate;
    this.#current = this.#schedule(0);
    this.variable = stateVariable(() => tf.scalar(this.#current));
  }

  set(step: number): void {
    const rate = this.#schedule(step);
    if (rate === this.#current) return;
    this.#current = rate;
    tf.tidy(() => this.variable.assign(tf.scalar(rate)));
  }
}

/** The settings of `SGD` besides the rate. */
export interface SGDOptions {
  /** The share of the last update that is kept, 0 by default. */
  momentum?: number;
  /** The factor of an L2 penalty, 0 by default. */
  weightDecay?: number;
}

/**
 * Stochastic gradient descent as PyTorch does it: `v ← momentum · v + g`, `p ← p − lr · v` (without momentum `v = g`).
 * Source: d2l sections 3.4 and 12.6.
 *
 * @example
 * configureOptimizers: () => new d2l.SGD(model.parameters(), 0.1)
 */
export class SGD extends HyperParameters implements Optimizer {
  readonly momentum: number;
  readonly weightDecay: number;
  readonly #rate: Rate;
  readonly #velocity: readonly Parameter[];

  /**
   * @param params what to update, tensors of any shape.
   * @param lr how far to go along the gradient, or a schedule of that by step.
   */
  constructor(
    readonly params: readonly Parameter[],
    readonly lr: LearningRate,
    options: SGDOptions = {},
  ) {
    super();
    expectOptions('SGD', options, ['momentum', 'weightDecay']);
    const { momentum = 0, weightDecay = 0 } = options;
    this.momentum = momentum;
    this.weightDecay = weightDecay;
    this.saveHyperparameters();
    this.#rate = new Rate(lr);
    this.#velocity = momentum === 0 ? [] : zerosLike(params);
  }

  beforeStep(step: number): void {
    this.#rate.set(step);
  }

  state(): Map<string, Parameter> {
    return new Map([['lr', this.#rate.variable], ...named('velocity', this.#velocity)]);
  }

  step(gradients: readonly (Tensor | undefined)[]): void {
    checkCount(this.params, gradients);
    this.params.forEach((p, i) => {
      const gradient = gradients[i];
      if (gradient === undefined) return;
      const g = decayed(gradient, p, this.weightDecay);
      const rate = this.#rate.variable;
      const velocity = this.#velocity[i];
      if (velocity === undefined) descend(p, rate, g);
      else descendWithMomentum(p, velocity, rate, this.momentum, g);
    });
  }
}

/** The settings of `Adam` besides the rate. */
export interface AdamOptions {
  /** Decay of the means of the gradient and of its square, `[0.9, 0.999]` by default. */
  betas?: readonly [number, number];
  /** Added to the denominator after the bias correction, as in PyTorch; 1e-8 by default. */
  eps?: number;
  /** The factor of an L2 penalty, 0 by default. */
  weightDecay?: number;
}

/**
 * Adam (Kingma & Ba 2015), as PyTorch does it: `m ← β₁m + (1−β₁)g`, `v ← β₂v + (1−β₂)g²`,
 * `p ← p − lr · (m / (1−β₁ᵗ)) / (√v / √(1−β₂ᵗ) + eps)`.
 */
export class Adam extends HyperParameters implements Optimizer {
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  readonly #rate: Rate;
  readonly #mean: readonly Parameter[];
  readonly #square: readonly Parameter[];
  /** β₁ᵗ and β₂ᵗ as variables, for t is part of the recorded arithmetic. */
  readonly #powers: readonly [Parameter, Parameter];

  /**
   * @param params what to update, tensors of any shape.
   * @param lr about how far each number moves in a step, or a schedule of that by step; 0.001 by default.
   */
  constructor(
    readonly params: readonly Parameter[],
    readonly lr: LearningRate = 0.001,
    options: AdamOptions = {},
  ) {
    super();
    expectOptions('Adam', options, ['betas', 'eps', 'weightDecay']);
    const { betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    this.betas = betas;
    this.eps = eps;
    this.weightDecay = weightDecay;
    this.saveHyperparameters();
    this.#rate = new Rate(lr);
    this.#mean = zerosLike(params);
    this.#square = zerosLike(params);
    this.#powers = [stateVariable(() => tf.scalar(1)), stateVariable(() => tf.scalar(1))];
  }

  beforeStep(step: number): void {
    this.#rate.set(step);
  }

  state(): Map<string, Parameter> {
    const [first, second] = this.#powers;
    return new Map([
      ['lr', this.#rate.variable],
      ['beta1Power', first],
      ['beta2Power', second],
      ...named('mean', this.#mean),
      ...named('square', this.#square),
    ]);
  }

  step(gradients: readonly (Tensor | undefined)[]): void {
    checkCount(this.params, gradients);
    const [beta1, beta2] = this.betas;
    const power1 = tf.mul(this.#powers[0], beta1);
    const power2 = tf.mul(this.#powers[1], beta2);
    this.#powers[0].assign(power1);
    this.#powers[1].assign(power2);
    this.params.forEach((p, i) => {
      const gradient = gradients[i];
      const mean = this.#mean[i];
      const square = this.#square[i];
      if (gradient === undefined || mean === undefined || square === undefined) return;
      const g = decayed(gradient, p, this.weightDecay);
      const { betas, eps } = this;
      const rate = this.#rate.variable;
      adam(p, g, { mean, square, rate, betas, powers: [power1, power2], eps });
    });
  }
}

/**
 * Scales gradients so that their common L2 norm is at most `limit`: `g · min(1, limit / ‖g‖)` (d2l section 9.5).
 * The norm stays on the device.
 *
 * @param gradients of any shapes; gaps stay gaps.
 */
export function clipGradients(
  limit: number,
  gradients: readonly (Tensor | undefined)[],
): (Tensor | undefined)[] {
  const present = gradients.filter((g) => g !== undefined);
  if (present.length === 0) return [...gradients];
  const norm = tf.sqrt(tf.addN(present.map((g) => tf.sum(tf.square(g as tf.Tensor)))));
  const factor = tf.minimum(tf.div(limit, norm), 1);
  return gradients.map((g) => g && tf.mul(g as tf.Tensor, factor));
}

const zerosLike = (params: readonly Parameter[]): Parameter[] =>
  params.map((p) => stateVariable(() => tf.zerosLike(p)));

const named = (name: string, variables: readonly Parameter[]): [string, Parameter][] =>
  variables.map((v, i) => [`${name}.${i}`, v]);

function decayed(gradient: Tensor, p: Parameter, weightDecay: number): tf.Tensor {
  return weightDecay === 0 ? (gradient as tf.Tensor) : tf.add(gradient as tf.Tensor, tf.mul(p, weightDecay));
}

function checkCount(params: readonly Parameter[], gradients: readonly unknown[]): void {
  if (params.length !== gradients.length) {
    throw new Error(
      `the optimizer holds ${params.length} parameters but was given ${gradients.length} gradients`,
    );
  }
}
