/** @file Completions of the compiler as Jupyter shows them: matches for the name being typed, with kind and type. */
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

const NAME = /[\p{ID_Continue}$]*$/u;

/** Candidates that start with the text before the cursor, best first; letter case counts only where it can. */
export function rankCompletions(
  source: string,
  offset: number,
  candidates: readonly Completion[],
): Completions {
  const typed = NAME.exec(source.slice(0, offset))![0];
  const named = candidates.filter(({ name }) => !name.startsWith('__d2l'));
  const exact = named.filter(({ name }) => name.startsWith(typed));
  const lower = typed.toLowerCase();
  const fitting = exact.length ? exact : named.filter(({ name }) => name.toLowerCase().startsWith(lower));
  const order = (c: Completion): string => `${c.sortText ?? ''}\u0000${c.name}`;
  const sorted = fitting.map((c) => [order(c), c] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    matches: sorted.map(([, c]) => ({
      text: c.insertText ?? c.name,
      kind: KINDS[c.kind ?? 6] ?? 'variable',
    })),
    start: offset - typed.length,
    end: offset,
  };
}
