/** @file Which places of a text are code: a comment says nothing, and a string only as the key of a member. */

export interface Region {
  kind: 'comment' | 'string' | 'text';
  start: number;
  /** Behind its last character; of one that is not closed, the end of its line or of the text. */
  end: number;
}

/** Comments, strings, the text of templates, and regular expressions where a value can begin. */
const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)|(['"])(?:\\[^]|(?!\1)[^\\\n])*(?:\1|(?=\n)|$)|(?=\/)(?<=(?:^|[(,=:[!&|?{};+\-*%<>~^]|\breturn|\bcase|\btypeof)\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^\\/\n[])+\/[a-z]*|[`{}]/g;

export function regionsOf(source: string): Region[] {
  const found: Region[] = [];
  /** Open brackets: of blocks, and of values in a template. */
  const open: ('{' | '${')[] = [];
  for (let at = 0; at < source.length;) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(source);
    if (!token) break;
    const [text] = token;
    at = token.index + text.length;
    if (text === '{') open.push('{');
    else if (text === '`' || (text === '}' && open.pop() === '${')) {
      const end = templateEnd(source, at);
      found.push({ kind: 'text', start: at - 1, end });
      if (source.startsWith('${', end - 2)) open.push('${');
      at = end;
    } else if (text !== '}') {
      const kind = /^\/[/*]/.test(text) ? 'comment' : token[1] ? 'string' : 'text';
      found.push({ kind, start: token.index, end: at });
    }
  }
  return found;
}

/** Behind the closing quote of a template, or behind the `${` of the next value in it. */
function templateEnd(source: string, from: number): number {
  for (let i = from; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === '`') return i + 1;
    else if (source.startsWith('${', i)) return i + 2;
  }
  return source.length;
}

/** The comment, string or template that a cursor stands in. */
export function regionAt(source: string, offset: number): Region | undefined {
  const isIn = ({ kind, start, end }: Region): boolean => {
    const isOpen =
      end - start < 2 ||
      (kind === 'comment' ? !source.startsWith('*/', end - 2) : source[end - 1] !== source[start]);
    return offset > start && (offset < end || (offset === end && isOpen));
  };
  return regionsOf(source).find(isIn);
}

/** The text with all that is no code blanked; offsets stay. */
export function codeOnly(source: string): string {
  let out = '';
  let at = 0;
  for (const { start, end } of regionsOf(source)) {
    out += source.slice(at, start) + source.slice(start, end).replace(/[^\n]/g, ' ');
    at = end;
  }
  return out + source.slice(at);
}
