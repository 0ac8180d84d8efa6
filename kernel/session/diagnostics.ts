/** @file The compiler's messages as people read them: place, source line, squiggle, code and a hint. */
import type { Diagnostic } from './tsc.js';

const RED = '\u001b[31m';
const CYAN = '\u001b[36m';
const YELLOW = '\u001b[33m';
const DIM = '\u001b[2m';
const RESET = '\u001b[0m';

/** Line and column, counted from 1, of an offset. */
export function lineAndColumn(source: string, offset: number): [number, number] {
  const before = source.slice(0, offset);
  return [before.split('\n').length, offset - before.lastIndexOf('\n')];
}

/** One framed report per problem, as `tsc --pretty` prints them. `label` names the cell, e.g. `[3]`. */
export function frameDiagnostics(
  source: string,
  label: string,
  diagnostics: readonly Diagnostic[],
): string[] {
  return diagnostics.flatMap((diagnostic, i) => [...(i ? [''] : []), ...frame(source, label, diagnostic)]);
}

/** The first problem in a line, for `evalue`. */
export function headline(source: string, label: string, diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics[0]!;
  const [line, column] = lineAndColumn(source, first.pos);
  const more = diagnostics.length > 1 ? ` (and ${diagnostics.length - 1} more)` : '';
  return `${label}:${line}:${column} - TS${first.code}: ${first.text}${more}`;
}

function frame(source: string, label: string, diagnostic: Diagnostic): string[] {
  const [line, column] = lineAndColumn(source, diagnostic.pos);
  const at = `${CYAN}${label}${RESET}:${YELLOW}${line}${RESET}:${YELLOW}${column}${RESET}`;
  const text = source.split('\n')[line - 1] ?? '';
  const length = Math.max(1, Math.min(diagnostic.end - diagnostic.pos, text.length - column + 1));
  const number = `${line}`;
  const gap = ' '.repeat(number.length);
  const lines = [
    `${at} - ${RED}error${RESET}${DIM} TS${diagnostic.code}:${RESET} ${diagnostic.text}`,
    ...chain(diagnostic.messageChain, '  '),
    '',
    `${DIM}${number}${RESET} ${text}`,
    `${gap} ${' '.repeat(column - 1)}${RED}${'~'.repeat(length)}${RESET}`,
  ];
  const hint = hintFor(diagnostic);
  return hint ? [...lines, `${gap} ${DIM}hint:${RESET} ${hint}`] : lines;
}

function chain(messages: readonly Diagnostic[] | undefined, indent: string): string[] {
  return (messages ?? []).flatMap((message) => [
    indent + message.text,
    ...chain(message.messageChain, `${indent}  `),
  ]);
}

function hintFor({ code, text }: Diagnostic): string | undefined {
  const quoted = /'([^']+)'/.exec(text)?.[1];
  if (/^Cannot find name '(prompt|confirm|alert)'/.test(text))
    return `a cell asks with  await input('…')  and shows with  display(…); ${quoted} is a browser's`;
  switch (code) {
    case 2307: // Cannot find module
      return quoted && !/^[./]/.test(quoted) ? `install it with  %npm i ${packageOf(quoted)}` : undefined;
    case 2304: // Cannot find name
      return `no cell that has run declares ${quoted}; run the cell that does, or import it`;
    default:
      return undefined;
  }
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
