/**
 * @file Names that can begin an expression: the cell's own, earlier cells', the globals', keywords. The compiler's API
 * refuses this list (it wants an index of auto-imports first), so it is put together from what the API does answer.
 */
import { codeOnly, regionAt } from './regions.js';
import type { Completion } from './tsc.js';

/** LSP CompletionItemKind of a kept declaration, by the words it begins with. */
const KIND_OF: readonly [RegExp, number][] = [
  [/^declare (const|let) [^:]+: (<[^>]*>)?\(|^declare function /, 3],
  [/^(const|let) [^=]+ = class\b/, 7],
  [/^declare const /, 21],
  [/^(abstract )?class /, 7],
  [/^interface |^type /, 8],
  [/^(const )?enum /, 13],
  [/^import |^(declare )?(namespace|module) /, 9],
];

const KEYWORDS = (
  'abstract as async await break case catch class const continue debugger declare default delete do else enum export ' +
  'extends false finally for from function if implements import in infer instanceof interface keyof let namespace new ' +
  'null of override private protected public readonly return satisfies set static super switch this throw true try ' +
  'type typeof undefined unique using var void while yield any bigint boolean never number object string symbol unknown'
).split(' ');

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/** What the language and its library know by name. */
export interface Globals {
  values: readonly Completion[];
  types: readonly Completion[];
}

/** @param earlier names of earlier cells with their declarations */
export function scopeCompletions(
  source: string,
  offset: number,
  globals: Globals,
  earlier: Iterable<readonly [name: string, declaration: string]>,
): Completion[] {
  if (regionAt(source, offset)) return [];
  const found = new Map<string, Completion>();
  const add = (name: string, kind: number, sortText: string): void => {
    if (!found.has(name)) found.set(name, { name, kind, sortText });
  };
  for (const { 0: name, index = 0 } of codeOnly(source).matchAll(IDENTIFIER)) {
    const isTyped = index < offset && index + name.length >= offset;
    if (!isTyped && source[index - 1] !== '.' && !KEYWORDS.includes(name)) add(name, 6, '10');
  }
  for (const [name, declaration] of earlier) {
    const bare = declaration.replace(/^\/\*[^]*?\*\/ /, '');
    add(name, KIND_OF.find(([pattern]) => pattern.test(bare))?.[1] ?? 6, '11');
  }
  for (const { name, kind = 6 } of globals.values) add(name, kind, '15');
  for (const { name, kind = 8 } of globals.types) add(name, kind, '16');
  for (const name of KEYWORDS) add(name, 14, '17');
  return [...found.values()];
}
