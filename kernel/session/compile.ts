/**
 * @file A cell's text → a script for the runner. Types are stripped here (and what goes with them), the rest is
 * rewrite.ts; a text without types reaches V8 as it was written. Each step leaves a source map.
 */
import type { CompiledCell } from '../runner/ipc.js';
import { oxc, parseCell } from '../language/oxc.js';
import { hasTypes, SourceSyntaxError, type StripOptions, stripTypes } from '../language/strip.js';
import { isBoundToCell, isHelper, type Parsed, Rewriter } from './rewrite.js';
import { lexicalNames, type Node, varNames, withoutExport } from '../language/tree.js';

/** Names of the language's and of Node's: a cell's own of that name lives beside them, where only cells see it. */
const GLOBALS: readonly string[] = [...Object.getOwnPropertyNames(globalThis), '__d2lRun'];

export interface CompileOptions {
  /** The package whose `jsx-runtime` JSX elements are made by, none when JSX is off. */
  jsx?: string | undefined;
  /** Names that earlier cells have declared. */
  declared?: ReadonlySet<string>;
}

/** @throws SourceSyntaxError when the text does not parse */
export function compileCell(source: string, count: number, options: CompileOptions = {}): CompiledCell {
  const { program, reading } = parseCell(source);
  const body = program.body as unknown as Node[];
  const last = body.findLast(({ type }) => type !== 'EmptyStatement');
  const isValued = /^(ExpressionStatement|ExportDefaultDeclaration)$/.test(last?.type ?? '');
  // What the text calls the runner by: a name that it does not have itself.
  let link = '__d2l';
  while (source.includes(link)) link += '_';
  const { code, parsed, maps } = strip(source, body, reading, {
    link,
    jsx: options.jsx,
    keepsImports: true,
  });
  const names = namesOf(parsed.program.body as unknown as Node[], link);
  const own = new Set(GLOBALS.filter((name) => names.all.includes(name) || options.declared?.has(name)));
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
 * as Node's REPL does, and not as a block with labels.
 */
export function asProgram(text: string): string {
  const source = text.replace(/^#!.*/, (line) => ' '.repeat(line.length));
  const start = /^(\s|\/\/.*|\/\*[^]*?\*\/)*/.exec(source)![0].length;
  if (source[start] !== '{') return source;
  for (const end of possibleEnds(source)) {
    const inBrackets = `${source.slice(0, start)}(${source.slice(start, end)})${source.slice(end)}`;
    const { program, errors } = parseCell(inBrackets);
    const isOne = program.body.filter(({ type }) => type !== 'EmptyStatement').length === 1;
    if (!errors.length && isOne) return inBrackets;
  }
  return source;
}

/** Where an expression may end: at the end of the text, or before what are comments and semicolons, if it is not a string. */
function* possibleEnds(source: string): Iterable<number> {
  yield source.trimEnd().length;
  for (let end = source.lastIndexOf('}') + 1; end > 0; end = source.lastIndexOf('}', end - 2) + 1) {
    if (!/^(\s|;|\/\/.*|\/\*[^]*?\*\/)*$/.test(source.slice(end))) return;
    yield end;
  }
}

/** JavaScript for the text: itself, where there is nothing in it but JavaScript. */
function strip(
  source: string,
  body: readonly Node[],
  reading: string,
  options: StripOptions,
): { code: string; parsed: Parsed; maps: string[] } {
  const parse = (code: string): Parsed =>
    oxc().parseSync('cell.js', code, { sourceType: reading === 'script' ? 'script' : 'module' });
  if (!body.some(hasTypes)) {
    const parsed = parse(source);
    if (!parsed.errors.length) return { code: source, parsed, maps: [] };
  }
  const stripped = stripTypes('cell.ts', source, options);
  const parsed = parse(stripped.code);
  if (parsed.errors.length)
    throw new SourceSyntaxError(parsed.errors.map((error) => error.message).join('\n'));
  return { ...stripped, parsed };
}

/**
 * The names a cell declares. Those of `var` and of functions are there when it begins, the others when it comes to them.
 * @throws SourceSyntaxError for one that is declared twice, which V8 would no longer notice
 */
function namesOf(body: readonly Node[], link: string): { all: string[]; early: string[] } {
  const early = new Set(varNames(body));
  const late = new Set<string>();
  const add = (names: Iterable<string>): void => {
    for (const name of names) {
      if (late.has(name)) throw new SourceSyntaxError(`Identifier '${name}' has already been declared`);
      late.add(name);
    }
  };
  for (const statement of body) {
    const node = withoutExport(statement);
    if (node.type === 'ImportDeclaration' && !isHelper(node))
      add((node['specifiers'] as Node[]).map(({ local }) => (local as { name: string }).name));
    else if (node.type === 'FunctionDeclaration' && node['id'])
      early.add((node['id'] as { name: string }).name);
    else if (!isBoundToCell(node, link)) add(lexicalNames([node]));
  }
  const twice = [...late].find((name) => early.has(name));
  if (twice !== undefined) throw new SourceSyntaxError(`Identifier '${twice}' has already been declared`);
  return { all: [...early, ...late], early: [...early] };
}
