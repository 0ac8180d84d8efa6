/** @file Puts the header of a cell together: what it can reach, each under a name that means it and nothing else. */
import { type Binding, identifiers } from './binding.js';
import type { Reference } from './mentions.js';

/** A header, and what the names mean in it that stand for something replaced. */
export interface Shown {
  text: string;
  versions: ReadonlyMap<string, Binding>;
  /** Whether variables are shown with the types of now, because the cell gives them other values. */
  isRenewed: boolean;
  /** Names that the cell could see: others in the compiler's texts are those of the language. */
  visible: Visible;
}

export type Visible = ReadonlySet<string>;

/** What is known, as one cell sees it. */
export interface View {
  names: ReadonlyMap<string, Binding>;
  /** Names that the cell declares itself. */
  own: ReadonlySet<string>;
  /** Those of earlier cells that it declares otherwise. */
  changed: ReadonlySet<Binding>;
  /** Types that mention a changed one, as the cell sees them. */
  current: ReadonlyMap<Binding, Binding>;
  adapted: ReadonlyMap<Binding, Binding>;
  taken: string;
  /** Variables that the cell gives other values: they are of the types of now. */
  renewed: ReadonlySet<Binding>;
}

/** Puts one header together. */
export class Composer {
  readonly #assigned = new Map<Binding, string>();
  readonly #versions = new Map<string, Binding>();
  readonly #texts: string[] = [];

  constructor(private readonly view: View) {}

  compose(roots: readonly string[], augmentations: readonly string[]): Shown {
    const { names, own } = this.view;
    const imports = [...names.values()].filter(({ isImport, name }) => isImport && !own.has(name));
    for (const binding of imports) this.#assigned.set(binding, binding.name);
    for (const root of roots)
      for (const id of identifiers(root)) {
        const binding = this.#visible(id);
        if (binding) this.#name(binding);
      }
    const first = imports.map(({ text }) => text);
    const text = [...first, ...augmentations, ...this.#texts, ''].join(';\n');
    const visible = new Set([...own, ...this.#assigned.values()]);
    return { text, versions: this.#versions, isRenewed: this.view.renewed.size > 0, visible };
  }

  /** What a name means to the cell, unless it is the cell's own. */
  #visible(id: string): Binding | undefined {
    const { own, names, current } = this.view;
    const binding = own.has(id) ? undefined : names.get(id);
    return binding && (current.get(binding) ?? binding);
  }

  /** The name of a binding in this header; its text comes into the header with the first question. */
  #name(binding: Binding): string {
    const known = this.#assigned.get(binding);
    if (known !== undefined) return known;
    const { own, names, changed } = this.view;
    const isOwn = own.has(binding.name) && names.get(binding.name) === binding && !changed.has(binding);
    if (isOwn) return binding.name;
    const isCurrent = this.#visible(binding.name) === binding;
    const name = isCurrent ? binding.name : this.#versionOf(binding);
    this.#assigned.set(binding, name);
    this.#add(binding, name);
    return name;
  }

  #versionOf(binding: Binding): string {
    for (let i = 1; ; i++) {
      const name = `${binding.name}$${i}`;
      if (this.#versions.has(name) || this.view.names.has(name) || this.view.taken.includes(name)) continue;
      this.#versions.set(name, binding);
      return name;
    }
  }

  #add(binding: Binding, name: string): void {
    if (name === binding.name && this.#isPlain(binding)) {
      this.#texts.push(...binding.parts.map(({ text }) => text), ...binding.members(name));
    } else {
      const index = this.#texts.push('') - 1; // before what it mentions, as those without a second name
      this.#texts[index] = binding.render(name, (reference) => this.#rename(binding, reference)).join(';\n');
    }
  }

  /** Whether all names in the texts mean what the cell would understand. What they mean comes into the header. */
  #isPlain(binding: Binding): boolean {
    if (this.view.renewed.has(binding)) return false;
    const mentioned: Binding[] = [];
    for (const id of binding.ids) {
      const captured = binding.captured.get(id);
      if (id === binding.name && !captured) continue;
      const visible = this.#visible(id);
      if (!captured && !visible && !this.view.own.has(id)) continue;
      if (!binding.refersTo(id)) continue;
      if (captured ? captured !== visible : this.#isHidden(binding, id)) return false;
      if (visible) mentioned.push(visible);
    }
    for (const target of mentioned) if (this.#name(target) !== target.name) return false;
    return true;
  }

  /** A name that was the language's own when the text was written and is a cell's now. */
  #isHidden(binding: Binding, id: string): boolean {
    if (!this.view.own.has(id) && !this.view.names.has(id)) return false;
    return binding.keeps(id) || !binding.cells.has(id);
  }

  #rename(binding: Binding, { name, role }: Reference): string {
    const captured = binding.captured.get(name);
    const visible = this.#visible(name);
    if (captured && this.view.renewed.has(binding)) {
      const now = this.#visible(captured.name);
      return now ? this.#name(now) : captured.name;
    }
    if (role === 'then' && captured) return this.#name(captured);
    if (!captured && (role === 'then' || !binding.cells.has(name)))
      return visible || this.view.own.has(name) ? `globalThis.${name}` : name;
    if (captured?.isType) {
      const latest = this.view.adapted.get(captured) ?? captured;
      return this.#name(this.view.current.get(latest) ?? latest);
    }
    return visible ? this.#name(visible) : name;
  }
}
