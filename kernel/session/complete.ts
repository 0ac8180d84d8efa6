/** @file Completions of the compiler as Jupyter shows them: matches for the name being typed, with kind and type. */
import { regionAt } from './regions.js';
import type { Completion } from './tsc.js';

export interface Completions {
  matches: { text: string; kind: string }[];
  start: number;
  end: number;
}

/** LSP CompletionItemKind → the words front ends have icons for. */
const KINDS: Record<number, string> = {
  2: 'method',
  3: 'function',
  4: 'constructor',
  5: 'property',
  6: 'variable',
  7: 'class',
  8: 'interface',
  9: 'module',
  10: 'property',
  13: 'enum',
  14: 'keyword',
  20: 'enum member',
  21: 'constant',
  22: 'struct',
  25: 'type parameter',
};

const NAME = /[\p{ID_Continue}$#]*$/u;

/** Candidates that start with the text before the cursor, best first; letter case counts only where it can. */
export function rankCompletions(
  source: string,
  offset: number,
  candidates: readonly Completion[],
): Completions {
  const region = regionAt(source, offset);
  if (region?.kind === 'comment') return { matches: [], start: offset, end: offset };
  const start = region ? region.start + 1 : offset - NAME.exec(source.slice(0, offset))![0].length;
  const typed = source.slice(start, offset);
  const named = candidates.filter(({ name }) => !name.startsWith('__d2l'));
  const exact = named.filter(({ name }) => name.startsWith(typed));
  const lower = typed.toLowerCase();
  const fitting = exact.length ? exact : named.filter(({ name }) => name.toLowerCase().startsWith(lower));
  const sorted = fitting.map((c) => [order(c), c] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const close = region?.kind === 'string' ? closing(source, region.start, offset) : '';
  return {
    matches: sorted.map(([, c]) => ({
      text: (c.insertText ?? c.name) + close,
      kind: KINDS[c.kind ?? 6] ?? 'variable',
    })),
    start,
    end: offset,
  };
}

/** Classes first, what begins with an underscore last. */
function order({ sortText = '', name, kind }: Completion): string {
  const rank = name.startsWith('_') ? 2 : kind === CLASS ? 0 : 1;
  return `${sortText}\u0000${rank}${name}`;
}

const CLASS = 7;
export const PROPERTY = 10;

const PATH =
  /(?<![\p{ID_Continue}$.)\]}])((?:[\p{ID_Start}$_][\p{ID_Continue}$]*[!?]?\.)+)[\p{ID_Continue}$]*$/u;

/** The names before a member that is being typed: ['a', 'b'] of `a.b.mem`. */
export function pathBefore(source: string, offset: number): string[] | undefined {
  if (regionAt(source, offset)) return undefined;
  const path = PATH.exec(source.slice(0, offset))?.[1];
  return path?.split(/[!?]?\./).slice(0, -1);
}

/** What ends a string that is being typed, and the brackets around it when it is a member's name. */
function closing(source: string, start: number, offset: number): string {
  const quote = source[start]!;
  const behind = source.slice(offset).split('\n', 1)[0]!;
  if (behind.includes(quote)) return '';
  const isKey = /[\p{ID_Continue}$)\]!.]\s*\[\s*$/u.test(source.slice(0, start));
  return quote + (isKey && !behind.trimStart().startsWith(']') ? ']' : '');
}
