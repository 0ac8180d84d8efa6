/** @file What hovering or `name?` tells: signature and documentation as markdown, with a text twin. */
import type { SymbolDescription, Tag } from './describe.js';
import { codeOnly } from './regions.js';

/** SymbolFlags of the compiler, in the order in which a symbol is named by them. */
const KINDS: readonly [number, string][] = [
  [1 << 5, 'class'],
  [1 << 6, 'interface'],
  [(1 << 7) | (1 << 8), 'enum'],
  [1 << 9, 'namespace'],
  [1 << 19, 'type'],
  [1 << 18, '(type parameter)'],
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

/** @param source the declaration's own text, shown when more detail is asked for, and of types */
export function describeSymbol(symbol: SymbolDescription, source?: string): Inspection {
  const signature = source ?? signatureOf(symbol);
  const notes = [symbol.documentation.trim(), ...symbol.tags.map(noteOf)].filter(Boolean);
  return {
    markdown: ['```typescript', signature, '```', ...notes.flatMap((note) => ['', note])].join('\n'),
    text: [signature, ...notes.flatMap((note) => ['', plain(note)])].join('\n'),
  };
}

/** Whether the text of a declaration says more of a symbol than its type. */
export function isType({ flags, makes }: SymbolDescription): boolean {
  return ['interface', 'type', 'enum'].includes(kindOf(flags)) && !makes.length;
}

function kindOf(flags: number): string {
  return KINDS.find(([flag]) => flags & flag)?.[1] ?? '';
}

function noteOf({ name, text = '' }: Tag): string {
  if (name !== 'example') return `*@${name}*${text ? ` — ${text.trim()}` : ''}`;
  const isFenced = text.includes('```');
  return `*@example*\n${isFenced ? text.trim() : `\`\`\`typescript\n${text.trim()}\n\`\`\``}`;
}

function plain(note: string): string {
  return note
    .replace(/^\*(@\w+)\*/, '$1')
    .replace(/^```.*\n?/gm, '')
    .trimEnd();
}

function signatureOf({ name, type, flags, calls, makes }: SymbolDescription): string {
  const kind = kindOf(flags);
  const made = makes.map((make) => make.replace(/^new /, `new ${name}`));
  switch (kind) {
    case 'class':
    case 'interface':
      return [`${kind} ${name}`, ...made].join('\n');
    case 'enum':
    case 'namespace':
      return `${kind} ${name}`;
    case 'type':
      return type === name || type === 'any' ? `${kind} ${name}` : `${kind} ${name} = ${type}`;
    case 'function':
    case '(method)':
      return calls.map((call) => `${kind} ${name}${call}`).join('\n') || `${kind} ${name}: ${type}`;
    default: {
      const isOverloaded = calls.length > 1 && !makes.length;
      const lines = isOverloaded
        ? calls.map((call) => `${kind} ${name}${call}`)
        : [`${kind} ${name}: ${type}`.trim()];
      return [...lines, ...made].join('\n');
    }
  }
}

/** The name an inspect request is about: the one under the cursor, or the function whose arguments it stands in. */
export function nameAt(text: string, offset: number): number | undefined {
  const source = codeOnly(text);
  const isName = (i: number): boolean => /[\p{ID_Continue}$#]/u.test(source[i] ?? '');
  if (isName(offset)) return offset;
  if (isName(offset - 1)) return offset - 1;
  let depth = 0;
  for (let i = offset - 1; i >= 0; i--) {
    if (')]}'.includes(source[i]!)) depth++;
    else if ('([{'.includes(source[i]!) && --depth < 0)
      return source[i] === '(' ? calleeBefore(source, i) : undefined;
  }
  return undefined;
}

/** The name before a call's bracket, perhaps with type arguments between. */
function calleeBefore(source: string, bracket: number): number | undefined {
  const callee = /[\p{ID_Continue}$](?=\s*(?:<[^()]*>)?\s*$)/u.exec(
    source.slice(Math.max(0, bracket - 200), bracket),
  );
  return callee ? callee.index + Math.max(0, bracket - 200) : undefined;
}

/** The name at an offset when it can stand alone: not a member's. */
export function loneName(source: string, at: number): string {
  const start = /[\p{ID_Continue}$]*$/u.exec(source.slice(0, at))![0].length;
  const name = /^[\p{ID_Continue}$]*/u.exec(source.slice(at - start))![0];
  return /[.#]\s*$/.test(source.slice(0, at - start)) ? '' : name;
}
