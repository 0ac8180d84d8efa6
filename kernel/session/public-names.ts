/** @file Texts of the compiler as they may be shown: types by their names, files without where they lie. */
import { relative, sep } from 'node:path';
import { PACKAGE } from '../package.js';
import { scratch } from '../scratch.js';
import type { Shown } from './composer.js';
import type { Diagnostic } from './tsc.js';

/** One that the compiler has cut off, at the end of what it quotes. */
const CUT = /(?:typeof )?import\("[^"'\n]*\.\.\.(?=')/g;
/** `import("/…/tensor").Tensor` → `Tensor`. */
const QUALIFIED = /(?:typeof )?import\("([^"]*)"\)(\.)?/g;

export function publicNames(text: string, cwd: string): string {
  if (!/["'/\\]/.test(text)) return text;
  const short = text
    .replace(CUT, '...')
    .replace(QUALIFIED, (whole, file: string, dot?: string) =>
      dot ? (whole.startsWith('typeof') ? 'typeof ' : '') : `typeof import("${moduleName(file, cwd)}")`,
    );
  return short.replace(
    /(["'])(\/[^"'\n]*)\1/g,
    (_, quote: string, file: string) => quote + moduleName(file, cwd) + quote,
  );
}

/** As an import would name it. */
function moduleName(file: string, cwd: string): string {
  const inPackage =
    /^.*[\\/]node_modules[\\/](@types[\\/])?((?:@[^\\/]+[\\/])?[^\\/]+)(?:[\\/]([^.]*))?/.exec(file);
  if (inPackage) return inPackage[1] && inPackage[2] === 'node' ? `node:${inPackage[3]}` : inPackage[2]!;
  if (file.startsWith(PACKAGE + sep + 'dist')) return 'd2l-ts';
  if (file.startsWith(scratch('cells'))) return moduleName(file.slice(scratch('cells').length), cwd);
  const path = relative(cwd, file);
  return file.startsWith(sep) && !path.startsWith(`..${sep}..${sep}..`)
    ? path.startsWith('.')
      ? path
      : `./${path}`
    : file;
}

/** A problem without private paths, and with a word about the types in it that have been declared anew. */
export function shownDiagnostic(d: Diagnostic, cwd: string, versions: Shown['versions']): Diagnostic {
  const chain = d.messageChain?.map((each) => shownDiagnostic(each, cwd, versions)) ?? [];
  const old = [...versions].filter(([version]) => d.text.includes(version));
  const notes = old.map(([version, { name }]) => ({
    ...d,
    text: `${version} is the ${name} that this value was made with; a cell has declared ${name} anew since`,
    messageChain: [],
  }));
  return { ...d, text: publicNames(d.text, cwd), messageChain: [...chain, ...notes] };
}
