/**
 * @file What earlier cells left behind, as declarations: the header that a cell is read below. Only what a cell can
 * reach is in it, so a check costs the same at cell 1 and cell 1,000.
 */
import { type Declared, FUNCTION, readDeclarations } from './declarations.js';

/** The declaration of one name for later cells. */
interface Entry {
  value?: string;
  type?: string;
  /** Members that addToClass gave a class. */
  added: string[];
  /** Import statements stay in every header: changing them makes the compiler rebuild its program. */
  isImport: boolean;
}

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/gu;

export class Header {
  readonly #names = new Map<string, Entry>();
  /** Blocks that add members to classes of imported modules, by class. */
  readonly #augmentations = new Map<string, string>();

  get isEmpty(): boolean {
    return !this.#names.size;
  }

  /** The declaration kept for a name. */
  declaration(name: string): string | undefined {
    const entry = this.#names.get(name);
    return entry?.value ?? entry?.type;
  }

  /** Names with their declarations. */
  entries(options: { imports: boolean }): [string, string][] {
    const wanted = [...this.#names].filter(([, entry]) => options.imports || !entry.isImport);
    return wanted.map(([name, { value, type }]) => [name, value ?? type ?? '']);
  }

  clear(): void {
    this.#names.clear();
    this.#augmentations.clear();
  }

  /** Takes in what a cell declares, with the types that the compiler tells of some of it. */
  declare(items: readonly Declared[], types: ReadonlyMap<Declared, string>): void {
    for (const { name, space } of items) if (space !== 'type') this.#names.delete(name);
    for (const item of items) this.#declare(item, types.get(item));
  }

  #declare(item: Declared, type: string | undefined): void {
    const entry = this.#names.get(item.name);
    // A type that takes the place of a class or an import takes all of it.
    if (item.space === 'type' && entry?.value !== undefined && entry.value === entry.type)
      this.#names.delete(item.name);
    const target = this.#names.get(item.name) ?? { added: [], isImport: false };
    const text = item.doc + (item.kind === 'inferred' ? declarationText(item, type) : item.text);
    const joined = (old: string | undefined): string => (old && old !== text ? `${old};${text}` : text);
    if (item.space !== 'type') target.value = joined(target.value);
    if (item.space !== 'value') target.type = item.space === 'both' ? target.value! : text;
    target.isImport = item.kind === 'import';
    this.#names.set(item.name, target);
  }

  /** Adds members to a class of an earlier cell. @returns false when the class is not one of those */
  extend(target: string, body: string): boolean {
    const entry = this.#names.get(target);
    if (!entry || entry.isImport) return false;
    entry.added.push(`interface ${target} { ${body} }`);
    return true;
  }

  /** Adds members to a class of a module. */
  augment(file: string, name: string, body: string): void {
    const key = `${file}:${name}`;
    const module = JSON.stringify(file.replace(/\.d\.ts$/, '.js'));
    const block = `declare module ${module} { interface ${name} { ${body} } }`;
    this.#augmentations.set(key, `${this.#augmentations.get(key) ?? ''}${block};`);
  }

  /** What a cell can reach: the names it has, the names those have, and all imports. */
  textFor(source: string): string {
    const own = new Set(readDeclarations(source).declared.map((d) => d.name));
    const texts: string[] = [];
    const seen = new Set(own);
    const visit = (text: string): void => {
      for (const [name] of text.matchAll(IDENTIFIER)) {
        const entry = this.#names.get(name);
        if (!entry || seen.has(name)) continue;
        seen.add(name);
        const parts = entry.value === entry.type ? [entry.value] : [entry.value, entry.type];
        const all = [...parts, ...entry.added].filter((part): part is string => part !== undefined);
        if (!entry.isImport) texts.push(...all);
        all.forEach(visit);
      }
    };
    visit(source);
    const imports = [...this.#names].filter(([name, entry]) => entry.isImport && !own.has(name));
    return [...imports.map(([, entry]) => entry.value!), ...this.#augmentations.values(), ...texts, ''].join(
      ';\n',
    );
  }
}

function declarationText({ text, name }: Declared, type = 'any'): string {
  if (type === `typeof ${name}`) return `${text} ${name}: unique symbol`;
  if (text !== FUNCTION) return `${text} ${name}: ${type}`;
  const member = memberText(name, type).replace(/;$/, '');
  return member === `${name}: ${type}` ? `declare const ${member}` : `${FUNCTION} ${member}`;
}

/** `(a: A) => R` as a method, so that a subclass may override it with one. */
export function memberText(name: string, type: string): string {
  let depth = 0;
  for (let i = 0; i < type.length; i++) {
    if ('([{<'.includes(type[i]!)) depth++;
    else if (')]}'.includes(type[i]!) || (type[i] === '>' && type[i - 1] !== '=')) depth--;
    else if (depth === 0 && type.startsWith('=> ', i) && /^[(<]/.test(type)) {
      return `${name}${type.slice(0, i - 1)}: ${type.slice(i + 3)};`;
    }
  }
  return `${name}: ${type};`;
}
