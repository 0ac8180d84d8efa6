/**
 * @file Names that can begin an expression: the cell's own, earlier cells', the globals', keywords. The compiler's API
 * refuses this list (it wants an index of auto-imports first), so it is put together from what the API does answer.
 */
import type { Completion } from './tsc.js';

/** LSP CompletionItemKind of a kept declaration, by the words it begins with. */
const KIND_OF: readonly [RegExp, number][] = [
  [/^declare (const|let) [^:]+: (<[^>]*>)?\(/, 3],
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

const UTILITY_TYPES = (
  'Awaited Capitalize ConstructorParameters Exclude Extract InstanceType Lowercase NoInfer NonNullable Omit ' +
  'OmitThisParameter Parameters Partial Pick Readonly Record Required ReturnType ThisParameterType ThisType ' +
  'Uncapitalize Uppercase'
).split(' ');

const IDENTIFIER = /[\p{ID_Start}$_][\p{ID_Continue}$]*/gu;

/** @param globals members of globalThis; @param earlier names of earlier cells with their declarations */
export function scopeCompletions(
  source: string,
  offset: number,
  globals: readonly Completion[],
  earlier: Iterable<readonly [name: string, declaration: string]>,
): Completion[] {
  const found = new Map<string, Completion>();
  const add = (name: string, kind: number, sortText: string): void => {
    if (!found.has(name)) found.set(name, { name, kind, sortText });
  };
  for (const { 0: name, index = 0 } of withoutStrings(source).matchAll(IDENTIFIER)) {
    const isTyped = index < offset && index + name.length >= offset;
    if (!isTyped && source[index - 1] !== '.' && !KEYWORDS.includes(name)) add(name, 6, '10');
  }
  for (const [name, declaration] of earlier) {
    add(name, KIND_OF.find(([pattern]) => pattern.test(declaration))?.[1] ?? 6, '11');
  }
  for (const { name, kind = 6 } of globals) add(name, kind, '15');
  for (const name of UTILITY_TYPES) add(name, 8, '16');
  for (const name of KEYWORDS) add(name, 14, '17');
  return [...found.values()];
}

/** The text with strings and comments blanked; offsets stay. */
function withoutStrings(source: string): string {
  const blank = (text: string): string => ' '.repeat(text.length);
  return source.replace(/\/\/[^\n]*|\/\*[^]*?(\*\/|$)|'(\\.|[^'\\\n])*'|"(\\.|[^"\\\n])*"/g, blank);
}
