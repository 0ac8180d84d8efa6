/** @file What a name stands for between two declarations of it: the texts that tell the compiler, and what they mention. */
import type { Declared } from './declarations.js';
import { type Reference, references } from './mentions.js';

export interface Part {
  space: 'value' | 'type' | 'both';
  text: string;
  /** What people see of it, when that is another text. */
  shown?: string | undefined;
}

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

/** The identifiers in a text, each once. */
export function identifiers(text: string): Set<string> {
  return new Set(text.match(IDENTIFIER));
}

export class Binding {
  /** What the names in the texts stood for when they were declared; of code, only what it does not find anew. */
  readonly captured = new Map<string, Binding>();
  /** Names in the texts that were cells' names when they were declared; others are the language's own. */
  readonly cells = new Set<string>();
  /** Members that addToClass gave a class, by name. */
  readonly added = new Map<string, string>();
  /** The declaration as the reader wrote it. */
  source = '';
  #ids: Set<string> | undefined;
  #references: Reference[][] | undefined;
  #referred: Set<string> | undefined;
  #kept: Set<string> | undefined;

  #parts: readonly Part[];

  constructor(
    readonly name: string,
    parts: readonly Part[],
    /** Import statements stay in every header: changing them makes the compiler rebuild its program. */
    readonly isImport: boolean,
  ) {
    this.#parts = parts;
  }

  get parts(): readonly Part[] {
    return this.#parts;
  }

  /**
   * Whether a declaration with this text is the same again, so that values of before are values of it. An enum that got
   * more members is; a symbol is another one each time, and a class has lost what addToClass gave it.
   */
  continuesAs(text: string): boolean {
    if (this.added.size || text.includes('unique symbol')) return false;
    return text === this.text || isExtended(this.text, text);
  }

  /** Whether a cell's declarations of the name are the same again. */
  isDeclaredBy(declared: readonly Declared[]): boolean {
    const own = declared.filter(({ name }) => name === this.name);
    const text = [...new Set(own.map(({ doc, text }) => doc + text))].join(';');
    return own.every(({ kind }) => kind !== 'inferred') && this.continuesAs(text);
  }

  /** Takes the texts of the same declaration as it was made again. */
  become(again: Binding): void {
    const { parts, source } = again;
    this.source = source; // a function's body is not in its declaration
    if (parts.every(({ text }, i) => text === this.#parts[i]?.text)) return;
    this.#parts = parts;
    this.#ids = undefined;
    this.#references = undefined;
    this.#referred = undefined;
    this.#kept = undefined;
  }

  /** Names in the texts: more than are referred to, and cheap. */
  get ids(): ReadonlySet<string> {
    return (this.#ids ??= identifiers(this.parts.map(({ text }) => text).join(' ')));
  }

  /** Interfaces and aliases alone: there is nothing of it when cells run. */
  get isType(): boolean {
    return this.parts.every(({ space }) => space === 'type');
  }

  get text(): string {
    return this.parts.map(({ text }) => text).join(';');
  }

  get references(): readonly Reference[][] {
    return (this.#references ??= this.parts.map(({ text }) => references(text)));
  }

  /** Whether a name in the texts refers to a declaration: it may be that of a member or of a type parameter. */
  refersTo(id: string): boolean {
    return (this.#referred ??= new Set(this.references.flat().map(({ name }) => name))).has(id);
  }

  /**
   * Keeps what the texts mean now.
   * @param find what a name stands for
   * @param isCells whether a name is a cell's, and not the language's own
   */
  capture(
    find: (name: string) => Binding | undefined,
    isCells = (name: string): boolean => find(name) !== undefined,
  ): void {
    for (const id of this.ids) {
      if (isCells(id)) this.cells.add(id);
      const target = this.#meaning(id, find);
      if (target) this.captured.set(id, target);
    }
  }

  #meaning(id: string, find: (name: string) => Binding | undefined): Binding | undefined {
    const target = id === this.name ? undefined : find(id);
    return target && (target.isType || this.keeps(id)) && this.refersTo(id) ? target : undefined;
  }

  /** Whether a name in the texts stays what it was: code finds all anew but what a class needs to come to be. */
  keeps(id: string): boolean {
    if (!this.#isCode) return true;
    return (this.#kept ??= this.#atOnce()).has(id);
  }

  #atOnce(): Set<string> {
    if (!this.parts.some(({ text }) => AT_ONCE.test(text))) return new Set();
    const kept = this.references.flat().filter(({ role }) => role === 'then');
    return new Set(kept.map(({ name }) => name));
  }

  /** Whether the texts mean now what they meant when they were captured. */
  means(find: (name: string) => Binding | undefined): boolean {
    const isSame = [...this.captured].every(([id, target]) => find(id) === target);
    return isSame && [...this.ids].every((id) => this.captured.has(id) || !this.#meaning(id, find));
  }

  /** The same texts with other meanings of the names in them. */
  with(changed: (target: Binding) => Binding | undefined): Binding {
    const copy = new Binding(this.name, this.parts, this.isImport);
    copy.source = this.source;
    for (const [id, target] of this.captured) copy.captured.set(id, changed(target) ?? target);
    for (const id of this.cells) copy.cells.add(id);
    return copy;
  }

  /** Functions and classes: what they do with a class is done with the one of that time. */
  get #isCode(): boolean {
    return this.parts.some(({ space, text }) => space === 'both' || CODE.test(text));
  }

  /** The texts, with the names in them as `rename` has it, under a name of their own. */
  render(name: string, rename: (reference: Reference) => string): string[] {
    const texts = this.parts.map(({ text }, part) => {
      let out = '';
      let at = 0;
      for (const reference of this.references[part]!.toSorted((a, b) => a.start - b.start)) {
        const { start, end, role, isShorthand } = reference;
        const isSelf = role === 'self' || (reference.name === this.name && !this.captured.has(this.name));
        const own = role === 'import' && name !== this.name ? `${this.name} as ${name}` : name;
        const key = isShorthand ? `${reference.name}: ` : '';
        out += text.slice(at, start) + key + (isSelf || role === 'import' ? own : rename(reference));
        at = end;
      }
      return out + text.slice(at);
    });
    return [...texts, ...this.members(name)];
  }

  members(name: string): string[] {
    return this.added.size ? [`interface ${name} { ${[...this.added.values()].join(' ')} }`] : [];
  }
}

const CODE =
  /^(\/\*[^]*?\*\/ )?(declare )?(async )?function\b|^(\/\*[^]*?\*\/ )?(declare )?(abstract )?class\b|= class\b/;

/** What a class needs to come to be: its base, static members, computed keys, decorators. */
const AT_ONCE = /\b(extends|implements|static)\b|[[@]/;

/** Whether an enum has got more members, behind those it had. */
function isExtended(old: string, now: string): boolean {
  const begun = old.replace(/,?\s*\}$/, '');
  return /^(const )?enum /.test(old) && now.startsWith(begun) && /^\s*[,}]/.test(now.slice(begun.length));
}
