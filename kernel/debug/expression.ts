/** @file What is typed at a paused cell: TypeScript, which V8 must get without its types. */
import { oxc } from '../language/oxc.js';

/** @throws SyntaxError when the text is no TypeScript */
export function withoutTypes(text: string): string {
  // `{ a: 1 }` is meant as an object; where parentheses do not fit, it is statements.
  for (const candidate of [`(${text}\n)`, text]) {
    const { code, errors } = oxc().transformSync('expression.ts', candidate, {
      lang: 'ts',
      sourceType: 'script',
      target: 'es2022',
    });
    if (!errors.length) return code.trim().replace(/;$/, '');
    if (candidate === text) throw new SyntaxError(errors[0]!.message);
  }
  return text;
}
