/** @file The text of a declaration that later cells are read below. */
import { type Declared, FUNCTION } from './declarations.js';
import { documented } from './docs.js';

/** What is kept of a declaration whose type the compiler tells. */
export function declarationText({ text, name, members }: Declared, type = 'any'): string {
  if (text !== FUNCTION) return documented(`${text} ${name}: ${type}`, members);
  const member = memberText(name, type).replace(/;$/, '');
  return member === `${name}: ${type}` ? `declare const ${member}` : `${FUNCTION} ${member}`;
}

/** `(a: A) => R` as a method, so that a subclass may override it with one. */
export function memberText(name: string, type: string): string {
  let depth = 0;
  for (let i = 0; i < type.length; i++) {
    if ('([{<'.includes(type[i]!)) depth++;
    else if (')]}'.includes(type[i]!) || (type[i] === '>' && type[i - 1] !== '=')) depth--;
    else if (depth === 0 && type.startsWith('=> ', i) && /^[(<]/.test(type)) {
      return `${name}${type.slice(0, i - 1)}: ${type.slice(i + 3)};`;
    }
  }
  return `${name}: ${type};`;
}
