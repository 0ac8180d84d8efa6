/** @file Where magics stand in a cell's text: `%%name` at its top, or lines `%name` before the code. */

export interface ParsedMagics {
  lines: { name: string; args: string }[];
  cell: { name: string; args: string; body: string } | undefined;
  /** The code below the line magics, on the lines where it stood. */
  code: string;
}

/** Front ends on Windows, and files from there, break lines with CRLF. */
const BREAK = /\r\n?|\n/;
const LINE = /^%(\w+)[ \t]*([^]*)$/;
const CELL = /^\s*%%(\w+)[ \t]*([^\r\n]*)(?:(?:\r\n?|\n)([^]*))?$/;

/** Magics stand at the top of a cell: one `%%name`, or any number of lines `%name`. */
export function parseMagics(source: string): ParsedMagics {
  const cell = CELL.exec(source);
  if (cell)
    return { lines: [], cell: { name: cell[1]!, args: cell[2]!.trim(), body: cell[3] ?? '' }, code: '' };
  const text = source.split(BREAK);
  const lines: ParsedMagics['lines'] = [];
  for (let i = 0; i < text.length; i++) {
    if (!text[i]!.trim()) continue;
    const match = LINE.exec(text[i]!.trim());
    if (!match) break;
    lines.push({ name: match[1]!, args: match[2]!.trim() });
    text[i] = '';
  }
  return { lines, cell: undefined, code: text.join('\n') };
}

/** `name?` and `name??` ask what is known of a name. */
export function parseQuestion(source: string): { name: string; detail: boolean } | undefined {
  const asked = /^\s*([\p{ID_Start}$_][\p{ID_Continue}$.]*)\s*(\?\??)\s*$/u.exec(source);
  return asked ? { name: asked[1]!, detail: asked[2] === '??' } : undefined;
}

/** Names that complete a `%` or `%%` at the beginning of a line, with their start. */
export function completeMagic(
  source: string,
  offset: number,
  known: readonly string[],
): { names: string[]; start: number } | undefined {
  const [, signs, typed = ''] = /(?<![^\r\n])(%%?)(\w*)$/.exec(source.slice(0, offset)) ?? [];
  if (!signs) return undefined;
  const names = known.filter((name) => name.startsWith(typed));
  return { names: names.map((name) => signs + name), start: offset - signs.length - typed.length };
}

/** The text with its magic lines blanked; offsets stay. */
export function blankMagics(source: string): string {
  return source.replace(/^[ \t]*%.*$/gm, (line, at: number) =>
    source
      .slice(0, at)
      .replace(/^[ \t]*%.*$/gm, '')
      .trim()
      ? line
      : ' '.repeat(line.length),
  );
}
