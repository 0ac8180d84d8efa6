/** @file The types of what a cell declares, asked of the compiler while the cell runs. */
import { Binding } from './binding.js';
import { type Addition, type CellDeclarations, type Declared, localTypes } from './declarations.js';
import { memberText } from './declaration-text.js';
import type { Visible } from './composer.js';
import { nameless, type Resolves } from './nameless.js';
import type { Header } from './header.js';
import type { Compiler, SymbolRef } from './tsc.js';

/** The text the compiler has: a cell at an offset of its file, and references to names at the end of it. */
export interface Place {
  file: string;
  offset: number;
  /** Names whose type may be narrower at the end, by the offset of a reference to them there. */
  ends: ReadonlyMap<string, number>;
  /** Names that cells have declared and the text can be about. */
  visible: Visible;
  resolves: Resolves;
}

/** A member that addToClass gave a class, of an earlier cell or of a module. */
interface Extension {
  addition: Addition;
  members: { name: string; text: string }[];
  module: string | undefined;
}

export interface Inferred {
  types: Map<Declared, string>;
  /** Declarations whose types have no text, as they are kept instead. */
  nameless: Map<Declared, Declared>;
  /** Types at the end of the cell, of names that conditions are about. */
  narrowed: Map<string, string>;
  extensions: Extension[];
  /** Types declared inside functions, that types of the cell's names mention. */
  locals: Map<string, Binding>;
}

export async function infer(
  compiler: Compiler,
  place: Place,
  source: string,
  { declared, additions }: CellDeclarations,
): Promise<Inferred> {
  const { visible, resolves } = place;
  const [types, narrowed] = await Promise.all([
    typesOf(
      compiler,
      place,
      declared.filter((d) => d.kind === 'inferred'),
    ),
    typesAtEnd(compiler, place),
  ]);
  const extensions: Extension[] = [];
  for (const addition of additions) extensions.push(await extensionOf(compiler, place, addition));
  return {
    types,
    narrowed,
    extensions,
    nameless: await nameless(source, types, visible, resolves),
    locals: localsIn(source, visible, [...types.values()]),
  };
}

async function typesOf(
  compiler: Compiler,
  { file, offset }: Place,
  items: readonly Declared[],
): Promise<Map<Declared, string>> {
  const symbols = await compiler.symbolsAt(
    file,
    items.map((d) => offset + d.at),
  );
  const known = items.filter((_, i) => symbols[i]);
  const types = await compiler.typeTexts(
    file,
    symbols.filter((s): s is SymbolRef => s !== null),
  );
  return new Map(known.map((item, i) => [item, types[i]!]));
}

async function typesAtEnd(compiler: Compiler, { file, ends }: Place): Promise<Map<string, string>> {
  if (!ends.size) return new Map();
  const texts = await compiler.typeTextsAt(file, [...ends.values()]);
  return new Map([...ends.keys()].map((name, i) => [name, texts[i]!]));
}

async function extensionOf(
  compiler: Compiler,
  { file, offset }: Place,
  addition: Addition,
): Promise<Extension> {
  const { at, members } = addition;
  const symbols = await compiler.symbolsAt(
    file,
    [at, ...members.map((m) => m.at)].map((p) => p + offset),
  );
  const found = members.flatMap(({ name }, i) => (symbols[i + 1] ? [{ name, symbol: symbols[i + 1]! }] : []));
  const types = await compiler.typeTexts(
    file,
    found.map(({ symbol }) => symbol),
  );
  return {
    addition,
    members: found.map(({ name }, i) => ({ name, text: memberText(name, types[i]!) })),
    module: await declaringFile(compiler, file, symbols[0]),
  };
}

async function declaringFile(
  compiler: Compiler,
  cell: string,
  symbol: SymbolRef | null | undefined,
): Promise<string | undefined> {
  if (!symbol) return undefined;
  const original = symbol.declarations?.some((handle) => !handle.endsWith(cell))
    ? symbol
    : await compiler.aliased(symbol).catch(() => symbol);
  const handle = original.declarations?.find((h) => !h.endsWith(cell));
  return handle?.split('.').slice(2).join('.');
}

/** The members that a value has now: `a.b` is ['a', 'b']. */
export type MembersOf = (path: string[]) => Promise<string[]>;

/** Whether a cell that failed has come to add the members: asked of the class itself. */
export async function isAdded({ addition, members }: Extension, membersOf: MembersOf): Promise<boolean> {
  const found = await membersOf([...addition.target.split('.'), 'prototype']);
  return members.every(({ name }) => found.includes(name));
}

/** Makes the members known that a cell has added to classes. */
export function extend(header: Header, { addition, members, module }: Extension): void {
  const { target } = addition;
  for (const { name, text } of members) {
    if (header.extend(target, name, text) || !module) continue;
    const type = target.slice(target.lastIndexOf('.') + 1);
    const file = JSON.stringify(module.replace(/\.d\.ts$/, '.js'));
    const key = `${file} ${type}.${name}`;
    header.augment({ key, text: `declare module ${file} { interface ${type} { ${text} } }` });
  }
}

/** `interface Point` inside of the function that returns one: later cells must know it, though not by name. */
function localsIn(source: string, visible: Visible, types: readonly string[]): Map<string, Binding> {
  const found = new Map<string, Binding>();
  for (const { name, text } of localTypes(source)) {
    const isMentioned = !visible.has(name) && types.some((type) => type.includes(name));
    if (isMentioned) found.set(name, new Binding(name, [{ space: 'both', text }], false));
  }
  return found;
}
