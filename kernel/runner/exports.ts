/** @file What a module exports to a cell: as Node has it, and of CommonJS also what bundlers find in `module.exports`. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { cache } = createRequire(import.meta.url);

export class Exports {
  /** `module.exports`, of a CommonJS module. */
  readonly #object: Record<string, unknown> | undefined;

  constructor(
    private readonly specifier: string,
    private readonly namespace: object,
    private readonly url: string,
  ) {
    if (url.startsWith('file:') && Object.hasOwn(cache, fileURLToPath(url))) {
      const { exports } = cache[fileURLToPath(url)]!;
      if ((typeof exports === 'object' && exports !== null) || typeof exports === 'function')
        this.#object = exports as Record<string, unknown>;
    }
  }

  /**
   * How a name of the module is read: as a value where it cannot change, else through the module, so that it is
   * always what the module has by then. @param name `*` for all of it
   * @throws SyntaxError when there is no such export
   */
  binding(name: string): PropertyDescriptor {
    const { namespace } = this;
    if (name === '*') return { value: this.#all() };
    const object = this.#object;
    // A transpiled module says what its default is; Node would give all of it.
    if (name === 'default' && object && object['__esModule'] && 'default' in object)
      return { value: object['default'] };
    if (Object.hasOwn(namespace, name)) {
      const isFixed = object !== undefined || this.url.startsWith('node:');
      return isFixed ? { value: Reflect.get(namespace, name) } : { get: () => Reflect.get(namespace, name) };
    }
    if (object && name in object) return { value: object[name] };
    throw new SyntaxError(
      `The requested module '${this.specifier}' does not provide an export named '${name}'`,
    );
  }

  /** The namespace; with what only `module.exports` has, where it has more. */
  #all(): object {
    const more = Object.keys(this.#object ?? {}).filter((key) => !Object.hasOwn(this.namespace, key));
    if (!more.length) return this.namespace;
    const all = { __proto__: null, [Symbol.toStringTag]: 'Module' };
    for (const source of [this.namespace, this.#object!]) {
      for (const key of source === this.namespace ? Object.keys(source) : more)
        Object.defineProperty(all, key, { get: () => Reflect.get(source, key), enumerable: true });
    }
    return all;
  }
}
