/** @file Whether a text is a finished cell, by the parser: a console's Enter runs it or opens a new line. */
import { parseCell } from '../oxc.js';

export type Completeness = { status: 'complete' | 'invalid' } | { status: 'incomplete'; indent: string };

const STEP = '  ';

/** `incomplete` when the parser gave up at the end of the text, `invalid` when it did before. */
export function completeness(source: string): Completeness {
  if (/^\s*%/.test(source))
    return /^\s*%%/.test(source) && !source.includes('\n') ? more(source) : { status: 'complete' };
  const { errors } = parseCell(source);
  if (!errors.length) return { status: 'complete' };
  const end = source.trimEnd().length;
  // A template or a comment may go on in the next line, a string or a regular expression may not.
  const open = (start: number): boolean => source.startsWith('`', start) || source.startsWith('/*', start);
  const atEnd = errors.some(({ message, labels: [label] }) =>
    message.startsWith('Unterminated') ? open(label?.start ?? end) : (label?.start ?? end) >= end,
  );
  return atEnd ? more(source) : { status: 'invalid' };
}

/** The indent of the last line, one step deeper after an opening bracket. */
function more(source: string): Completeness {
  const line = source.trimEnd().split('\n').at(-1) ?? '';
  const indent = /^\s*/.exec(line)![0];
  return { status: 'incomplete', indent: /[{([]\s*$/.test(line) ? indent + STEP : indent };
}
