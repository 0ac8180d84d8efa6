/** @file What the compiler knows of the symbol at a place: kind, type, signatures, documentation, and where its text is. */
import { ANY_MEANING, type Compiler, type SymbolRef } from './tsc.js';

/** SymbolFlags of the compiler: an import, to be followed to what it names. */
const ALIAS = 1 << 21;
const CLASS = 1 << 5;
const INTERFACE = 1 << 6;
const CALLED = (1 << 4) | (1 << 13);
const CONSTRUCTOR = 1 << 14;

export interface SymbolDescription {
  name: string;
  flags: number;
  type: string;
  /** How it is called, or how one is made. */
  calls: readonly string[];
  makes: readonly string[];
  documentation: string;
  tags: readonly Tag[];
  /** The file that declares it, and the class or interface it is a member of. */
  file: string | undefined;
  parent: string | undefined;
}

export interface Tag {
  name: string;
  text?: string;
}

/** @param name what is written at the position, when it can stand alone */
export async function describe(
  compiler: Compiler,
  file: string,
  position: number,
  name: string,
): Promise<SymbolDescription | undefined> {
  const [found] = await compiler.symbolsAt(file, [position]);
  // A type's name where a value is expected is no error to who asks what it is.
  const local = found ?? (name ? await compiler.resolve(name, ANY_MEANING, file, position) : null);
  if (!local || local.name.startsWith('"')) return undefined;
  const symbol = local.flags & ALIAS ? await compiler.aliased(local) : local;
  const [[type, calls, makes], notes, parent] = await Promise.all([
    typeOf(compiler, local, symbol.flags),
    notesOf(compiler, symbol),
    compiler.parent(symbol),
  ]);
  const handle = symbol.declarations?.[0];
  const path = handle?.split('.').slice(2).join('.');
  const isMember = parent && !parent.name.startsWith('"');
  return {
    name: local.name,
    flags: symbol.flags,
    type,
    calls,
    makes,
    ...notes,
    file: path,
    parent: isMember ? parent.name : undefined,
  };
}

/** A type's text, and signatures where they say more than it. */
async function typeOf(
  compiler: Compiler,
  symbol: SymbolRef,
  flags: number,
): Promise<[type: string, calls: string[], makes: string[]]> {
  const type = await compiler.typeOf(symbol);
  const ask = (way: 'call' | 'construct'): Promise<string[]> => compiler.signatures(type, way);
  const [shown, calls, makes] = await Promise.all([
    compiler.shown(type),
    flags & CALLED ? ask('call') : [],
    flags & (CLASS | INTERFACE) ? ask('construct') : [],
  ]);
  // A constant may hold a class, or a function with overloads.
  if (shown.startsWith('typeof ') && !makes.length) return [shown, calls, await ask('construct')];
  if (shown.startsWith('{ (') && !calls.length) return [shown, await ask('call'), makes];
  return [shown, calls, makes];
}

/** Documentation and tags; of a class, its constructors' too. */
async function notesOf(
  compiler: Compiler,
  symbol: SymbolRef,
): Promise<{ documentation: string; tags: readonly Tag[] }> {
  const members = symbol.flags & CLASS ? await compiler.members(symbol) : [];
  const all = [symbol, ...members.filter(({ flags }) => flags & CONSTRUCTOR)];
  const [texts, tags] = await Promise.all([
    Promise.all(all.map((each) => compiler.documentation(each))),
    Promise.all(all.map((each) => compiler.tags(each))),
  ]);
  return { documentation: texts.filter(Boolean).join('\n\n'), tags: tags.flat() };
}
