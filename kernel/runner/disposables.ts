/** @file What a cell has declared with `using`, disposed of in reverse when it has ended. */

/** Those of the cells' realm: Node 20 has made them there. */
const { dispose, asyncDispose } = globalThis.Symbol;

interface Disposable {
  value: object;
  method: (this: object) => unknown;
  isAsync: boolean;
}

export class Disposables {
  readonly #stack: Disposable[] = [];

  /** @throws TypeError for what cannot be disposed of; null and undefined need not be */
  use<T>(value: T, isAsync: boolean): T {
    if (value === null || value === undefined) return value;
    if (typeof value !== 'object' && typeof value !== 'function')
      throw new TypeError(
        `using takes an object with a dispose method, null or undefined, got ${typeof value}`,
      );
    const { [dispose]: plain, [asyncDispose]: later } = value as Partial<Record<symbol, () => unknown>>;
    const method = isAsync ? (later ?? plain) : plain;
    if (typeof method !== 'function')
      throw new TypeError(`using takes an object with [Symbol.${isAsync ? 'asyncDispose' : 'dispose'}]()`);
    this.#stack.push({ value, method, isAsync });
    return value;
  }

  /**
   * @param failed what the cell has thrown, in a list of one, or nothing
   * @throws that, or what disposing has thrown; both as a SuppressedError
   */
  async dispose(failed: readonly unknown[]): Promise<void> {
    let thrown = failed;
    for (let next = this.#stack.pop(); next; next = this.#stack.pop()) {
      const { value, method, isAsync } = next;
      try {
        const done = Reflect.apply(method, value, []);
        if (isAsync) await done;
      } catch (error) {
        thrown = [thrown.length ? suppressed(error, thrown[0]) : error];
      }
    }
    if (thrown.length) throw thrown[0]; // eslint-disable-line @typescript-eslint/only-throw-error -- the user's
  }
}

function suppressed(error: unknown, earlier: unknown): Error {
  const both = new Error('an error was suppressed during disposal');
  return Object.assign(both, { name: 'SuppressedError', error, suppressed: earlier });
}
