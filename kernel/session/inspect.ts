/** @file What hovering or `name?` tells: signature and documentation as markdown, with a text twin. */
import type { SymbolDescription } from './program.js';

/** SymbolFlags of the compiler, in the order in which a symbol is named by them. */
const KINDS: readonly [number, string][] = [
  [1 << 5, 'class'],
  [1 << 6, 'interface'],
  [1 << 8, 'enum'],
  [1 << 9, 'namespace'],
  [1 << 19, 'type'],
  [1 << 13, '(method)'],
  [1 << 2, '(property)'],
  [(1 << 15) | (1 << 16), '(accessor)'],
  [1 << 4, 'function'],
  [1 << 1, 'const'],
  [1 << 0, 'var'],
];

export interface Inspection {
  markdown: string;
  text: string;
}

/** @param source the declaration's own text, shown when more detail is asked for */
export function describeSymbol(symbol: SymbolDescription, source?: string): Inspection {
  const kind = KINDS.find(([flag]) => symbol.flags & flag)?.[1] ?? '';
  const signature = source ?? signatureOf(kind, symbol);
  const tags = symbol.tags.map(({ name, text }) => `*@${name}*${text ? ` — ${text.trim()}` : ''}`);
  const notes = [symbol.documentation.trim(), ...tags].filter(Boolean);
  return {
    markdown: ['```typescript', signature, '```', ...notes.flatMap((note) => ['', note])].join('\n'),
    text: [signature, ...notes.flatMap((note) => ['', note.replace(/^\*(@\w+)\*/, '$1')])].join('\n'),
  };
}

function signatureOf(kind: string, { name, type }: SymbolDescription): string {
  if (kind === 'class' || kind === 'enum' || kind === 'namespace') return `${kind} ${name}`;
  if (kind === 'interface' || kind === 'type')
    return type === name || type === 'any' ? `${kind} ${name}` : `${kind} ${name} = ${type}`;
  const callable = /^(<.*>)?\(/s.test(type) && (kind === 'function' || kind === '(method)');
  return callable
    ? `${kind} ${name}${type.replace(/\) => (?=[^)]*$|.*$)/s, '): ')}`
    : `${kind} ${name}: ${type}`.trim();
}

/** The name an inspect request is about: the one under the cursor, or the function whose arguments it stands in. */
export function nameAt(source: string, offset: number): number | undefined {
  const isName = (i: number): boolean => /[\p{ID_Continue}$]/u.test(source[i] ?? '');
  if (isName(offset)) return offset;
  if (isName(offset - 1)) return offset - 1;
  let depth = 0;
  for (let i = offset - 1; i >= 0; i--) {
    if (')]}'.includes(source[i]!)) depth++;
    else if ('([{'.includes(source[i]!) && --depth < 0)
      return source[i] === '(' && isName(i - 1) ? i - 1 : undefined;
  }
  return undefined;
}
