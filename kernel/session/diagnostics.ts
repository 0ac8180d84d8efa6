/** @file The compiler's messages as people read them: place, source line, squiggle, code and a hint. */
import { isBuiltin } from 'node:module';
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

/** Codes that say a module is not there: as a whole, for its effects alone, to be augmented, for JSX. */
const NO_MODULE: ReadonlySet<number> = new Set([2307, 2792, 2882, 2664, 2875]);
/** Codes that say a name is not there: in general, as a namespace, as `{ name }`, as the browser's. */
const NO_NAME: ReadonlySet<number> = new Set([2304, 2503, 18004, 2584]);
/** What browsers, Python and consoles have under names that mean nothing here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['prompt', "there is no browser here; await input('…') asks the reader"],
  ['confirm', "there is no browser here; await input('…') asks the reader"],
  ['alert', "there is no browser here; console.log(…) shows, await input('…') waits for the reader"],
  ['document', "there is no browser here; display({ 'text/html': '…' }) shows a page's parts"],
  ['window', 'there is no browser here; globalThis has the global names'],
  ['print', 'console.log(…) prints'],
  ['exit', 'Ctrl-D leaves a console; process.exit() ends the process of the cells, and their variables'],
  ['quit', 'Ctrl-D leaves a console; process.exit() ends the process of the cells, and their variables'],
]);

function hintFor({ code, text }: Diagnostic): string | undefined {
  const quoted = /'([^']+)'/.exec(text)?.[1];
  if (!quoted) return undefined;
  if (NO_MODULE.has(code)) return installHint(quoted);
  if (code === 2688) return installHint(`@types/${quoted}`); // Cannot find type definition file
  if (!NO_NAME.has(code)) return undefined;
  return (
    ELSEWHERE.get(quoted) ?? `no cell that has run declares ${quoted}; run the cell that does, or import it`
  );
}

/** For what npm has: not files, URLs, aliases of a package.json and Node's own modules. Deno writes `npm:name@1`. */
function installHint(specifier: string): string | undefined {
  const denos = /^npm:\/?(@?[^@]+)/.exec(specifier)?.[1];
  if (denos) return `install it with  %npm i ${packageOf(denos)}  and import it as '${denos}'`;
  const name = packageOf(specifier);
  return /^[./#]|^\w+:/.test(specifier) || isBuiltin(name) ? undefined : `install it with  %npm i ${name}`;
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
