/** @file Texts of the compiler as they may be shown: types by their names, files without where they lie. */
import { relative, sep } from 'node:path';
import { PACKAGE } from '../package.js';
import { scratch } from '../scratch.js';

/** `import("/…/tensor").Tensor` → `Tensor`. */
const QUALIFIED = /(?:typeof )?import\("([^"]*)"\)(\.)?/g;

export function publicNames(text: string, cwd: string): string {
  if (!/["'/\\]/.test(text)) return text;
  const short = text.replace(QUALIFIED, (whole, file: string, dot?: string) =>
    dot ? (whole.startsWith('typeof') ? 'typeof ' : '') : `typeof import("${moduleName(file, cwd)}")`,
  );
  return short.replace(
    /(["'])(\/[^"'\n]*)\1/g,
    (_, quote: string, file: string) => quote + moduleName(file, cwd) + quote,
  );
}

/** As an import would name it. */
function moduleName(file: string, cwd: string): string {
  const inPackage = /^.*[\\/]node_modules[\\/](?:@types[\\/])?(.*)$/.exec(file)?.[1];
  if (inPackage) return inPackage.replace(/(\/index)?(\.d)?\.[cm]?tsx?$/, '');
  if (file.startsWith(PACKAGE + sep + 'dist')) return 'd2l-ts';
  if (file.startsWith(scratch('cells'))) return moduleName(file.slice(scratch('cells').length), cwd);
  const path = relative(cwd, file);
  return file.startsWith(sep) && !path.startsWith(`..${sep}..${sep}..`)
    ? path.startsWith('.')
      ? path
      : `./${path}`
    : file;
}
