/**
 * @file A cell's text → a script for the runner. Types are stripped here (and what goes with them), the rest is
 * rewrite.ts; a text without types reaches V8 as it was written. Each step leaves a source map.
 */
import type { CompiledCell } from '../runner/ipc.js';
import { oxc, parseCell } from '../oxc.js';
import { lower } from './lower.js';
import { isHelper, type Parsed, Rewriter } from './rewrite.js';
import { childrenOf, isUsing, lexicalNames, type Node, varNames, withoutExport } from './tree.js';

/** A cell whose text is not a program; the type checker has the better words for why. */
export class CellSyntaxError extends Error {}

/** Names of the language's and of Node's: a cell's own of that name lives beside them, where only cells see it. */
const GLOBALS: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(globalThis));

export interface CompileOptions {
  /** The package whose `jsx-runtime` JSX elements are made by, none when JSX is off. */
  jsx?: string | undefined;
  /** Names that earlier cells have declared. */
  declared?: ReadonlySet<string>;
}

/** @throws CellSyntaxError when the text does not parse */
export function compileCell(source: string, count: number, options: CompileOptions = {}): CompiledCell {
  const { program, reading } = parseCell(source);
  const body = program.body as unknown as Node[];
  const last = body.findLast(({ type }) => type !== 'EmptyStatement');
  const isValued = /^(ExpressionStatement|ExportDefaultDeclaration)$/.test(last?.type ?? '');
  // What the text calls the runner by: a name that it does not have itself.
  let link = '__d2l';
  while (source.includes(link)) link += '_';
  const { code, parsed, maps } = strip(source, body, reading, link, options.jsx);
  const names = namesOf(parsed.program.body as unknown as Node[]);
  const own = new Set([...names.all, ...(options.declared ?? [])].filter((name) => GLOBALS.has(name)));
  const writer = new Rewriter(code, parsed, { link, own, isAsync: reading !== 'script' });
  const written = writer.rewrite(isValued);
  return {
    count,
    source,
    code: written.code,
    maps: [written.map, ...maps],
    names: names.all,
    early: names.early,
    own: names.all.filter((name) => own.has(name)),
  };
}

/**
 * A cell's text as a program: the first line of a script for a shell is blanked, and an object alone is read as one,
 * as Node's REPL does, and not as a block with a label.
 */
export function asProgram(text: string): string {
  const source = text.replace(/^#!.*/, (line) => ' '.repeat(line.length));
  if (!/^\s*\{[^]*\}\s*$/.test(source)) return source;
  const inBrackets = `(${source})`;
  const [first, ...others] = parseCell(inBrackets).program.body as unknown as Node[];
  const value = first?.['expression'] as Node | undefined;
  const isObject = !others.length && (value?.['expression'] as Node | undefined)?.type === 'ObjectExpression';
  return isObject ? inBrackets : source;
}

/** JavaScript for the text: itself, where there is nothing in it but JavaScript. */
function strip(
  source: string,
  body: readonly Node[],
  reading: string,
  link: string,
  jsx?: string,
): { code: string; parsed: Parsed; maps: string[] } {
  const parse = (code: string): Parsed =>
    oxc().parseSync('cell.js', code, { sourceType: reading === 'script' ? 'script' : 'module' });
  if (!body.some(hasTypes)) {
    const parsed = parse(source);
    if (!parsed.errors.length) return { code: source, parsed, maps: [] };
  }
  const lowered = lower(source, body, link);
  const stripped = oxc().transformSync('cell.ts', lowered.code, {
    sourcemap: true,
    lang: jsx ? 'tsx' : 'ts',
    ...(jsx && { jsx: { runtime: 'automatic', importSource: jsx } }),
    sourceType: 'module',
    target: 'es2022',
    typescript: { onlyRemoveTypeImports: true },
    decorator: { legacy: true },
  });
  check(stripped.errors);
  const parsed = parse(stripped.code);
  check(parsed.errors);
  return { code: stripped.code, parsed, maps: [JSON.stringify(stripped.map), ...lowered.maps] };
}

function check(errors: readonly { message: string }[]): void {
  if (errors.length) throw new CellSyntaxError(errors.map((error) => error.message).join('\n'));
}

/** Syntax that is TypeScript's, JSX, or too new for Node. Modifiers without a type fail the parser for JavaScript. */
function hasTypes(node: Node): boolean {
  if (/^(TS|JSX|Decorator|AccessorProperty)/.test(node.type) || isUsing(node)) return true;
  for (const child of childrenOf(node)) if (hasTypes(child)) return true;
  return false;
}

/**
 * The names a cell declares. Those of `var` and of functions are there when it begins, the others when it comes to them.
 * @throws CellSyntaxError for one that is declared twice, which V8 would no longer notice
 */
function namesOf(body: readonly Node[]): { all: string[]; early: string[] } {
  const early = new Set(varNames(body));
  const late = new Set<string>();
  const add = (names: Iterable<string>): void => {
    for (const name of names) {
      if (late.has(name)) throw new CellSyntaxError(`Identifier '${name}' has already been declared`);
      late.add(name);
    }
  };
  for (const statement of body) {
    const node = withoutExport(statement);
    if (node.type === 'ImportDeclaration' && !isHelper(node))
      add((node['specifiers'] as Node[]).map(({ local }) => (local as { name: string }).name));
    else if (node.type === 'FunctionDeclaration' && node['id'])
      early.add((node['id'] as { name: string }).name);
    else add(lexicalNames([node]));
  }
  const twice = [...late].find((name) => early.has(name));
  if (twice !== undefined) throw new CellSyntaxError(`Identifier '${twice}' has already been declared`);
  return { all: [...early, ...late], early: [...early] };
}
