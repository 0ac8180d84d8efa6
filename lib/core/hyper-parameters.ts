import type { InspectOptions } from 'node:util';

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** What a hyper-parameter may be: plain data that a checkpoint or a table can show. */
export type HyperParameter = number | string | boolean | null | readonly HyperParameter[];

const isPlain = (value: unknown): value is HyperParameter =>
  value === null ||
  ['number', 'string', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every(isPlain));

/** The base of everything with settings: remembers the arguments it was built with in `hparams` (d2l section 3.2). */
export class HyperParameters {
  /** The saved hyper-parameters by name. */
  get hparams(): Readonly<Record<string, unknown>> {
    return this.#hparams;
  }
  #hparams: Record<string, unknown> = {};

  /**
   * Remembers the constructor's arguments. Without `values` it takes every plain field set so far, which is what a
   * constructor with parameter properties needs; with `values` it also assigns them to fields of the same names.
   *
   * @example
   * class Net extends d2l.Module {
   *   constructor(readonly numHiddens: number, readonly lr = 0.1) {
   *     super();
   *     this.saveHyperparameters();
   *   }
   * }
   */
  saveHyperparameters(values?: object, options: { ignore?: readonly string[] } = {}): void {
    const ignored = (name: string): boolean =>
      name.startsWith('_') || (options.ignore?.includes(name) ?? false);
    for (const [name, value] of Object.entries(values ?? this)) {
      if (ignored(name) || (values === undefined && !isPlain(value))) continue;
      this.#hparams[name] = value;
      if (values !== undefined) Object.assign(this, { [name]: value });
    }
  }

  /** The class with its plain hyper-parameters: `SGD(lr=0.1, momentum=0, weightDecay=0)`. */
  toString(): string {
    return `${this.constructor.name}(${settingsOf(this)})`;
  }

  /** What `console.log` and a cell show: `toString()`, or all fields where no hyper-parameter was saved. */
  [INSPECT](
    _depth?: number,
    options: InspectOptions = {},
    inspect?: (value: unknown, options: InspectOptions) => string,
  ): string {
    const ownText = this.toString !== HyperParameters.prototype.toString;
    if (ownText || inspect === undefined || Object.keys(this.#hparams).length > 0) return this.toString();
    return inspect(this, { ...options, customInspect: false });
  }
}

/** The plain hyper-parameters of an object as text: `lr=0.1, momentum=0` (as PyTorch prints a module's). */
export function settingsOf({ hparams }: HyperParameters): string {
  const plain = Object.entries(hparams).filter(([, value]) => isPlain(value));
  return plain
    .map(([name, value]) => `${name}=${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}`)
    .join(', ');
}

/** Functions by name; `this` inside them is the instance. */
type Methods<M> = { [K in keyof M]: (...args: never[]) => unknown };

/**
 * Adds methods to a class after its definition, also to instances that already exist, so that a notebook can explain
 * a class over several cells; a later definition replaces an earlier one (d2l section 3.2).
 *
 * @example
 * d2l.addToClass(LSTMScratch, {
 *   forward(inputs: d2l.Tensor3D) {
 *     return inputs.mul(this.sigma);
 *   },
 * });
 * @throws when it is to replace a constructor.
 */
export function addToClass<C extends abstract new (...args: never[]) => object, M extends Methods<M>>(
  Class: C,
  methods: M & ThisType<InstanceType<C> & M>,
): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(methods))) {
    if (name === 'constructor') {
      throw new Error(`addToClass cannot replace the constructor of ${Class.name}: define the class again`);
    }
    Object.defineProperty(Class.prototype, name, { ...descriptor, enumerable: false });
  }
}
