/**
 * @file What earlier cells left behind, as declarations: the header that a cell is read below. Only what a cell can
 * reach is in it, so a check costs the same at cell 1 and cell 1,000.
 *
 * A type that is declared anew does not change the values of the old one: they keep what they captured (`binding.ts`),
 * and the old type is in the header under a name of its own, `Net$1`, for as long as a value refers to it.
 */
import { importsFor } from './augmentations.js';
import { Binding, identifiers } from './binding.js';
import { Composer, type Shown, type View } from './composer.js';
import { reassigned } from './reassigned.js';
import { dependents, reachable } from './dependents.js';
import { type Augmentation, type Declared, readDeclarations } from './declarations.js';
import { shadowing } from './shadowing.js';

/** What was known before a cell: its names as they were, newest first, and the adapted types. */
export interface Snapshot {
  readonly names: [name: string, before: Binding | undefined][];
  readonly adapted: ReadonlyMap<Binding, Binding>;
}

const VARIABLE = /^(\/\*\*[^]*?\*\/ )?declare let /;
const CONSTANT = /^(\/\*\*[^]*?\*\/ )?declare const /;

export class Header {
  readonly #names = new Map<string, Binding>();
  #changes: Snapshot['names'] = [];
  /** Types that mention a replaced one → the same with the new one in its place. */
  #adapted = new Map<Binding, Binding>();
  /** Members added to classes and interfaces of modules or of the language, by what they are. */
  readonly #augmentations = new Map<string, string>();

  get isEmpty(): boolean {
    return !this.#names.size && !this.#augmentations.size;
  }

  /** The declaration kept for a name. */
  declaration(name: string): string | undefined {
    return this.#names.get(name)?.text;
  }

  /** A name's declaration as the reader wrote it. */
  source(name: string): string | undefined {
    return this.#names.get(name)?.source;
  }

  /** Names with their declarations. */
  entries(options: { imports: boolean }): [string, string][] {
    const wanted = [...this.#names].filter(([, binding]) => options.imports || !binding.isImport);
    return wanted.map(([name, { parts }]) => {
      const { text, shown = text } = parts.find((p) => p.space !== 'type') ?? parts[0]!;
      return [name, shown];
    });
  }

  clear(): void {
    this.#names.clear();
    this.#adapted.clear();
    this.#augmentations.clear();
  }

  /** Begins to write down what changes, to come back to what is known when a cell has not done all it declares. */
  snapshot(): Snapshot {
    this.#changes = [];
    return { names: this.#changes, adapted: new Map(this.#adapted) };
  }

  /** @param snapshot the last one */
  restore({ names, adapted }: Snapshot): void {
    for (const [name, before] of names.splice(0)) {
      if (before) this.#names.set(name, before);
      else this.#names.delete(name);
    }
    this.#adapted = new Map(adapted);
  }

  #set(binding: Binding): void {
    this.#changes.unshift([binding.name, this.#names.get(binding.name)]);
    this.#names.set(binding.name, binding);
  }

  /**
   * Takes in what a cell declares, with the types that the compiler tells of some of it.
   * @param versions what names of replaced types in those texts mean
   * @param visible names of earlier cells that those texts can be about; any others are the language's own
   */
  declare(
    items: readonly Declared[],
    types: ReadonlyMap<Declared, string>,
    versions: Shown['versions'] = new Map(),
    visible?: Shown['visible'],
  ): void {
    const fresh = new Map<string, Binding>();
    const names = new Set(items.map((item) => item.name));
    for (const name of names) {
      const own = items.filter((item) => item.name === name);
      fresh.set(name, shadowing(name, own, types, this.#names.get(name)));
    }
    const known = (id: string): Binding | undefined =>
      versions.get(id) ?? (!visible || visible.has(id) ? this.#names.get(id) : undefined);
    this.#keepSame(fresh, known);
    const replaced = new Map<Binding, Binding>();
    for (const [name, binding] of fresh) {
      const old = this.#names.get(name);
      if (old) replaced.set(old, binding);
      this.#set(binding);
    }
    const adapted = dependents(this.#names.values(), replaced);
    for (const copy of adapted.values()) this.#set(copy);
    const isCells = (id: string): boolean =>
      versions.has(id) || (visible ? visible.has(id) : this.#names.has(id));
    for (const name of names) this.#names.get(name)!.capture(known, isCells);
    this.#remember(adapted);
  }

  /** A cell that is run again as it was declares the same types: the values of the first time are of them. */
  #keepSame(fresh: Map<string, Binding>, known: (id: string) => Binding | undefined): void {
    const isSame = ([name, { text }]: [string, Binding]): boolean =>
      Boolean(this.#names.get(name)?.continuesAs(text));
    const same = new Map([...fresh].filter(isSame).map(([name]) => [name, this.#names.get(name)!]));
    const find = (id: string): Binding | undefined => same.get(id) ?? fresh.get(id) ?? known(id);
    for (let size = -1; size !== same.size;) {
      size = same.size;
      for (const [name, binding] of same) if (!binding.means(find)) same.delete(name);
    }
    for (const [name, old] of same) {
      old.become(fresh.get(name)!);
      fresh.delete(name);
    }
  }

  /** Only of what a name still refers to. */
  #remember(adapted: ReadonlyMap<Binding, Binding>): void {
    if (!adapted.size) return;
    for (const [old, copy] of this.#adapted) this.#adapted.set(old, adapted.get(copy) ?? copy);
    for (const [old, copy] of adapted) this.#adapted.set(old, copy);
    const seen = reachable(this.#names.values());
    for (const old of this.#adapted.keys()) if (!seen.has(old)) this.#adapted.delete(old);
  }

  /** Constants among the names that a condition may narrow: those of earlier cells, and the cell's own. */
  constants(source: string, names: ReadonlySet<string>): string[] {
    if (!names.size) return [];
    const { declared, ending } = readDeclarations(source);
    const own = new Map(declared.map((d) => [d.name, d.kind === 'inferred' ? `${d.text} ` : d.text]));
    for (const name of ending) own.set(name, '');
    return [...names].filter((name) => CONSTANT.test(own.get(name) ?? this.#names.get(name)?.text ?? ''));
  }

  /** Takes the types that constants have at the end of a cell. */
  narrow(types: ReadonlyMap<string, string>, { versions, visible }: Shown): void {
    for (const [name, type] of types) {
      const doc = /^(\/\*\*[^]*?\*\/ )?/.exec(this.declaration(name) ?? '')![0];
      const text = 'declare const';
      const source = this.source(name) ?? '';
      const item: Declared = { name, kind: 'inferred', space: 'value', at: 0, text, doc, source };
      this.declare([item], new Map([[item, type]]), versions, visible);
    }
  }

  /** Whether a function's declaration says that it asserts something. */
  asserts(name: string): boolean {
    const binding = this.#names.get(name);
    return Boolean(binding && (binding.isImport || binding.text.includes('asserts ')));
  }

  /** Adds a member to a class of an earlier cell. @returns false when the class is not one of those */
  extend(target: string, member: string, text: string): boolean {
    const binding = this.#names.get(target);
    if (!binding || binding.isImport) return false;
    binding.added.set(member, text);
    return true;
  }

  /** Adds to a module or to the language; the same member again takes the place of the one before. */
  augment({ key, text }: Augmentation): void {
    this.#augmentations.set(key, text);
  }

  /** Variables with values of replaced types, that a cell gives others. */
  #stale(source: string, own: ReadonlySet<string>): Binding[] {
    const stale = [...identifiers(source)].flatMap((name) => {
      const binding = own.has(name) ? undefined : this.#names.get(name);
      if (!binding?.captured.size || !VARIABLE.test(binding.text)) return [];
      const isReplaced = (t: Binding): boolean => own.has(t.name) || (this.#names.get(t.name) ?? t) !== t;
      return [...binding.captured.values()].some(isReplaced) ? [binding] : [];
    });
    const given = stale.length ? reassigned(source) : new Set();
    return stale.filter(({ name }) => given.has(name));
  }

  /** After a cell: the variables it gave other values are of the types of now. */
  renew(source: string): void {
    for (const binding of this.#stale(source, new Set())) {
      const texts = binding.render(binding.name, ({ name }) => binding.captured.get(name)?.name ?? name);
      const parts = texts.map((text, i) => ({ space: binding.parts[i]!.space, text }));
      const renewed = new Binding(binding.name, parts, false);
      renewed.source = binding.source;
      const known = new Set([...binding.captured.values()].map(({ name }) => name));
      renewed.capture((id) => (known.has(id) ? this.#names.get(id) : undefined));
      this.#set(renewed);
    }
  }

  /** What a cell can reach: the names it has, the names those have, all imports and augmentations. */
  show(source: string, renews = true): Shown {
    const { declared, augmentations, ending } = readDeclarations(source);
    const own = new Set([...declared.map(({ name }) => name), ...ending]);
    const again = new Set(augmentations.map(({ key }) => key));
    const kept = [...this.#augmentations].filter(([key]) => !again.has(key)).map(([, text]) => ({ text }));
    const added = [...importsFor([...kept, ...augmentations]), ...kept.map(({ text }) => text)];
    const changed = [...own].flatMap((name) => {
      const binding = this.#names.get(name);
      return binding && !binding.isDeclaredBy(declared) ? [[binding, undefined] as const] : [];
    });
    const view: View = {
      names: this.#names,
      own,
      changed: new Set(changed.map(([binding]) => binding)),
      current: changed.length ? dependents(this.#names.values(), new Map(changed)) : new Map(),
      adapted: this.#adapted,
      taken: source,
      renewed: renews ? new Set(this.#stale(source, own)) : new Set(),
    };
    return new Composer(view).compose([source, ...added], added);
  }
}
