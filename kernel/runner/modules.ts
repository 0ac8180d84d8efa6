/** @file How cells import: what the import names, loaded by Node, and what of it a cell binds. */
import { Exports } from './exports.js';
import { LocalModules } from './local-modules.js';
import { load } from './realm.js';
import { Resolution } from './resolution.js';

export class Modules {
  readonly resolution = new Resolution();
  readonly #local = new LocalModules(this.resolution);

  /** @param imported called after a cell has imported a package by this name */
  constructor(private readonly imported: (specifier: string) => void) {}

  /** The namespace of a module named in a cell. @throws Error with the hint what to install */
  async import(specifier: string, parent = this.resolution.base, type?: string): Promise<object> {
    return (await this.#load(specifier, parent, type)).namespace;
  }

  /**
   * What a static import binds, in the order of the names: `default`, `*` for all of the module, or a name it exports.
   * @throws SyntaxError for a name that the module does not export
   */
  async bindings(specifier: string, names: readonly string[], type?: string): Promise<PropertyDescriptor[]> {
    const { namespace, url } = await this.#load(specifier, this.resolution.base, type);
    const exported = new Exports(specifier, namespace, url);
    return names.map((name) => exported.binding(name));
  }

  async #load(specifier: string, parent: string, type?: string): Promise<{ namespace: object; url: string }> {
    await this.resolution.begin();
    const url = this.resolution.resolve(String(specifier), parent);
    const namespace = await load(this.#local.target(url, type));
    this.#local.loaded();
    this.imported(specifier);
    return { namespace, url };
  }
}
