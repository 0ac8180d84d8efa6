/** @file Jupyter counts Unicode code points, JavaScript counts UTF-16 units; these convert between them. */

/** UTF-16 offset of a position given in code points; positions past the end become the end. */
export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (let n = 0; n < codePoints && offset < text.length; n++)
    offset += text.codePointAt(offset)! > 0xffff ? 2 : 1;
  return offset;
}

/** Position in code points of a UTF-16 offset. */
export function toCodePoints(text: string, offset: number): number {
  let n = 0;
  for (let i = 0; i < offset && i < text.length; n++) i += text.codePointAt(i)! > 0xffff ? 2 : 1;
  return n;
}
