/** @file TypeScript → the JavaScript it stands for, of cells and of the local modules they import. */
import { lower } from './lower.js';
import { oxc, parseCell } from './oxc.js';
import { childrenOf, isUsing, type Node } from './tree.js';

/** A text that is not a program; the type checker has the better words for why. */
export class SourceSyntaxError extends SyntaxError {}

export interface StripOptions {
  /** The package whose `jsx-runtime` JSX elements are made by, none when JSX is off. */
  jsx?: string | undefined;
  /** Whether imports that nothing uses are imports all the same: a later cell may use them. */
  keepsImports?: boolean;
  /** By what a cell reaches the runner; a `using` at its top is the cell's then. */
  link?: string;
}

/**
 * @param file its ending says what is in it
 * @returns JavaScript for Node 20, with the source maps back to the text
 * @throws SourceSyntaxError
 */
export function stripTypes(
  file: string,
  source: string,
  { jsx, keepsImports = false, link }: StripOptions = {},
): { code: string; maps: string[] } {
  const lowered = lower(source, parseCell(source).program.body as unknown as Node[], link);
  const { code, map, errors } = oxc().transformSync(file, lowered.code, {
    sourcemap: true,
    ...(jsx && { lang: 'tsx', jsx: { runtime: 'automatic', importSource: jsx } }),
    sourceType: 'module',
    target: 'es2022',
    typescript: { onlyRemoveTypeImports: keepsImports },
    decorator: { legacy: true },
  });
  if (errors.length) throw new SourceSyntaxError(errors.map((e) => e.codeframe ?? e.message).join('\n'));
  return { code, maps: [JSON.stringify(map), ...lowered.maps] };
}

/** Syntax that is TypeScript's, JSX, or too new for Node. Modifiers without a type fail the parser for JavaScript. */
export function hasTypes(node: Node): boolean {
  if (/^(TS|JSX|Decorator|AccessorProperty)/.test(node.type) || isUsing(node)) return true;
  for (const child of childrenOf(node)) if (hasTypes(child)) return true;
  return false;
}
