/** @file Where magics stand in a cell's text: `%%name` at its top, or lines `%name` before the code. */

export interface ParsedMagics {
  lines: { name: string; args: string }[];
  cell: { name: string; args: string; body: string } | undefined;
  /** The code below the line magics, on the lines where it stood. */
  code: string;
}

const LINE = /^%(\w+)[ \t]*(.*)$/;

/** Magics stand at the top of a cell: one `%%name`, or any number of lines `%name`. */
export function parseMagics(source: string): ParsedMagics {
  const cell = /^\s*%%(\w+)[ \t]*(.*)(?:\n([^]*))?$/.exec(source);
  if (cell)
    return { lines: [], cell: { name: cell[1]!, args: cell[2]!.trim(), body: cell[3] ?? '' }, code: '' };
  const text = source.split('\n');
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

/** Names that complete a `%` or `%%` at the beginning of a line, with their start. */
export function completeMagic(
  source: string,
  offset: number,
  known: readonly string[],
): { names: string[]; start: number } | undefined {
  const line = source.slice(source.lastIndexOf('\n', offset - 1) + 1, offset);
  const [, signs, typed = ''] = /^(%%?)(\w*)$/.exec(line) ?? [];
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
