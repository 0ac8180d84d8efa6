/** @file Which models have learned something: predictions of the others are worth a word. */
import type { Module } from './module.js';

const trained = new WeakSet<Module>();

/** Takes note that a model's weights were trained, or read from a file. */
export function markTrained(model: Module): void {
  trained.add(model);
}

/** Says once for each model that it predicts from its first, random weights. */
export function warnUntrained(model: Module): void {
  if (trained.has(model)) return;
  trained.add(model);
  console.warn(
    `${model.constructor.name} predicts before training, from its first, random weights: call trainer.fit(model, data) or model.load(path) before`,
  );
}
