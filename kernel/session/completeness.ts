/** @file Whether a text is a finished cell, by the parser: a console's Enter runs it or opens a new line. */
import { oxc, parseCell } from '../language/oxc.js';
import { parseMagics, parseQuestion } from './magic-syntax.js';

export type Completeness = { status: 'complete' | 'invalid' } | { status: 'incomplete'; indent: string };

const STEP = '  ';

/** `incomplete` when the parser gave up at the end of the text, `invalid` when it did before. */
export function completeness(source: string): Completeness {
  if (parseQuestion(source)) return { status: 'complete' };
  const { cell, code } = parseMagics(source);
  // Any text may go on below a cell magic: as in IPython a blank line ends it.
  if (cell) return /(\r\n?|\n)[ \t]*$/.test(cell.body) ? { status: 'complete' } : more(source);
  const { errors } = parseCell(code);
  if (!errors.length) return { status: hasEarlyError(code) ? 'invalid' : 'complete' };
  const end = code.trimEnd().length;
  // A template or a comment may go on in the next line, a string or a regular expression may not.
  const open = (start: number): boolean => code.startsWith('`', start) || code.startsWith('/*', start);
  const atEnd = errors.some(({ message, labels: [label] }) =>
    message.startsWith('Unterminated') ? open(label?.start ?? end) : (label?.start ?? end) >= end,
  );
  return atEnd ? more(code) : { status: 'invalid' };
}

/** What the grammar lets pass and the language does not: a name declared twice, `/a(/`, a `break` out of nothing. */
function hasEarlyError(code: string): boolean {
  return ['cell.ts', 'cell.tsx'].every((name) => {
    const options = { sourceType: 'module', showSemanticErrors: true } as const;
    const { errors, program } = oxc().parseSync(name, code, options);
    return errors.length > 0 || hasBrokenRegExp(program);
  });
}

/** The parser makes a RegExp of each literal, and leaves null where this Node has none for it. */
function hasBrokenRegExp(program: object): boolean {
  const open: unknown[] = [program];
  while (open.length) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    const { regex, value } = node as { regex?: object; value?: unknown };
    if (regex !== undefined && value === null) return true;
    open.push(...Object.values(node));
  }
  return false;
}

/** The indent of the last line, one step deeper after an opening bracket. */
function more(source: string): Completeness {
  const line = source.trimEnd().split('\n').at(-1) ?? '';
  const indent = /^\s*/.exec(line)![0];
  return { status: 'incomplete', indent: /[{([]\s*$/.test(line) ? indent + STEP : indent };
}
