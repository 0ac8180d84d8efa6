/**
 * @file A cell's text → a script for the runner.
 * Types are stripped by oxc; then every top-level declaration becomes an assignment to a global of that name, so that
 * later cells see it and may declare it again as anything; static imports become awaited dynamic ones; the value of a
 * last expression is kept. Both steps leave a source map.
 */
import MagicString from 'magic-string';
import type { CompiledCell } from '../runner/ipc.js';
import { oxc, parseCell } from '../oxc.js';

/** The parts of an ESTree node that the rewriting reads. */
interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** A cell whose text is not a program; the type checker has the better words for why. */
export class CellSyntaxError extends Error {}

const FUNCTIONS =
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|ClassDeclaration|ClassExpression|MethodDefinition|StaticBlock)$/;

/**
 * @param jsx the package whose `jsx-runtime` JSX elements are made by, none when JSX is off
 * @throws CellSyntaxError when the text does not parse
 */
export function compileCell(source: string, count: number, jsx?: string): CompiledCell {
  const stripped = oxc().transformSync('cell.ts', source, {
    sourcemap: true,
    lang: jsx ? 'tsx' : 'ts',
    ...(jsx && { jsx: { runtime: 'automatic', importSource: jsx } }),
    sourceType: 'module',
    target: 'es2022',
    typescript: { onlyRemoveTypeImports: true },
    decorator: { legacy: true },
  });
  if (stripped.errors.length)
    throw new CellSyntaxError(stripped.errors.map((error) => error.message).join('\n'));
  const { code, map, names } = new Rewriter(stripped.code, endsInExpression(source)).rewrite();
  return { count, source, code, maps: [map, JSON.stringify(stripped.map)], names };
}

/** Asked of the cell's own text: enums, namespaces and decorators end in expressions once compiled. */
function endsInExpression(source: string): boolean {
  const { program } = parseCell(source);
  return /^(ExpressionStatement|ExportDefaultDeclaration)$/.test(program.body.at(-1)?.type ?? '');
}

class Rewriter {
  readonly #text: MagicString;
  readonly #names = new Set<string>();
  /** Statements to run first: functions and imports, whole top-level nodes. */
  readonly #hoisted: Node[] = [];

  constructor(
    private readonly code: string,
    private readonly valued: boolean,
  ) {
    this.#text = new MagicString(code);
  }

  rewrite(): { code: string; map: string; names: string[] } {
    const { program, module, errors } = oxc().parseSync('cell.mjs', this.code);
    if (errors.length) throw new CellSyntaxError(errors.map((error) => error.message).join('\n'));
    const body = program.body as unknown as Node[];
    body.forEach((node, index) => this.#statement(node, this.valued && index === body.length - 1));
    this.#hoist(body);
    // A script has neither of these; the runner resolves them from the notebook's folder.
    for (const { start } of module.dynamicImports)
      this.#text.overwrite(start, start + 'import'.length, '__d2l.import');
    for (const { start, end } of module.importMetas) this.#text.overwrite(start, end, '__d2l.meta');
    this.#text.prepend('__d2lRun(async (__d2l) => { "use strict"; ').append('\n})');
    const map = this.#text
      .generateMap({ hires: 'boundary', source: 'cell.js', includeContent: false })
      .toString();
    return { code: this.#text.toString(), map, names: [...this.#names] };
  }

  /** Imports happen first, and a cell may call its functions above their text, as in a module. */
  #hoist(body: readonly Node[]): void {
    const first = body.find((node) => !this.#hoisted.includes(node))?.start;
    if (first === undefined) return;
    for (const node of this.#hoisted) if (node.start > first) this.#text.move(node.start, node.end, first);
  }

  #statement(node: Node, last: boolean): void {
    switch (node.type) {
      case 'ImportDeclaration':
        return this.#import(node);
      case 'ExportNamedDeclaration':
        return this.#exportNamed(node, last);
      case 'ExportDefaultDeclaration':
        return this.#exportDefault(node);
      case 'ExportAllDeclaration':
        return this.#remove(node);
      case 'FunctionDeclaration':
        return this.#function(node);
      case 'ClassDeclaration':
        return this.#class(node);
      case 'VariableDeclaration':
        return this.#variables(node, ';');
      case 'ExpressionStatement':
        if (last) this.#result(node['expression'] as Node);
        return;
      default:
        return this.#nested(node);
    }
  }

  /** `f = function (…) {…}` keeps its name and is found anew when a later cell redefines f. */
  #function(node: Node): void {
    const id = node['id'] as Node & { name: string };
    this.#names.add(id.name);
    const head = this.code.slice(node.start, id.start);
    this.#text.overwrite(node.start, id.end, `${id.name} = ${head.trimEnd()}`);
    this.#text.appendLeft(node.end, ';');
    this.#hoisted.push(node);
  }

  #class(node: Node): void {
    const id = node['id'] as Node & { name: string };
    this.#names.add(id.name);
    // Not appendLeft: functions are moved to before the first statement, which may be this one.
    this.#text.prependRight(node.start, `${id.name} = `).appendLeft(node.end, ';');
  }

  /** `const { a } = x, b = 1` → `({ a } = x), b = 1`; a declaration without a value gives undefined. */
  #variables(node: Node, end: '' | ';', loop = false): void {
    if (node['kind'] === 'using' || node['kind'] === 'await using') return;
    const declarators = node['declarations'] as { id: Node; init: Node | null; start: number; end: number }[];
    this.#text.overwrite(node.start, declarators[0]!.start, end);
    for (const { id, init, start, end: stop } of declarators) {
      this.#bind(id);
      if (init && id.type === 'ObjectPattern') this.#text.appendLeft(start, '(').appendRight(stop, ')');
      if (!init && !loop) this.#text.appendRight(stop, ' = undefined');
      if (init) this.#nested(init);
      // An enum is emitted as `E = function (E) {…}(E || {})`: re-running a cell must not add to the old one.
      const merge = `(${String(id['name'])} || {})`;
      if (init && this.code.startsWith(merge, stop - merge.length))
        this.#text.overwrite(stop - merge.length, stop, '({})');
    }
  }

  /** Collects the names of a binding pattern. */
  #bind(pattern: Node): void {
    switch (pattern.type) {
      case 'Identifier':
        this.#names.add(pattern['name'] as string);
        break;
      case 'ObjectPattern':
        for (const property of pattern['properties'] as Node[])
          this.#bind((property['value'] ?? property['argument']) as Node);
        break;
      case 'ArrayPattern':
        for (const element of pattern['elements'] as (Node | null)[]) if (element) this.#bind(element);
        break;
      case 'AssignmentPattern':
        this.#bind(pattern['left'] as Node);
        break;
      case 'RestElement':
        this.#bind(pattern['argument'] as Node);
        break;
    }
  }

  /** `var` inside blocks and loops belongs to the cell too; let, const and functions there stay where they are. */
  #nested(node: Node): void {
    if (FUNCTIONS.test(node.type)) return;
    for (const [key, value] of Object.entries(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof (child as Node | null)?.type !== 'string') continue;
        const isVar = (child as Node).type === 'VariableDeclaration' && (child as Node)['kind'] === 'var';
        const isLoopHead = node.type.startsWith('For') && (key === 'init' || key === 'left');
        if (isVar) this.#variables(child as Node, isLoopHead ? '' : ';', isLoopHead && key === 'left');
        else this.#nested(child as Node);
      }
    }
  }

  #import(node: Node): void {
    const source = node['source'] as Node;
    const specifier = this.code.slice(source.start, source.end);
    const named: string[] = [];
    let namespace = '';
    for (const item of node['specifiers'] as Node[]) {
      const local = (item['local'] as { name: string }).name;
      this.#names.add(local);
      if (item.type === 'ImportNamespaceSpecifier') namespace = local;
      else if (item.type === 'ImportDefaultSpecifier') named.push(`default: ${local}`);
      else named.push(`${propertyName(item['imported'] as Node)}: ${local}`);
    }
    const targets = [
      ...(named.length ? [`{ ${named.join(', ')} } = `] : []),
      ...(namespace ? [`${namespace} = `] : []),
    ];
    this.#text.overwrite(node.start, node.end, `;(${targets.join('')}await __d2l.import(${specifier}));`);
    this.#hoisted.push(node);
  }

  #exportNamed(node: Node, last: boolean): void {
    const declaration = node['declaration'] as Node | null;
    if (!declaration) return this.#remove(node);
    this.#text.overwrite(node.start, declaration.start, ';');
    this.#statement(declaration, last);
  }

  #exportDefault(node: Node): void {
    const declaration = node['declaration'] as Node;
    this.#text.remove(node.start, declaration.start);
    if (declaration['id'] && declaration.type.endsWith('Declaration')) this.#statement(declaration, false);
    else this.#result(declaration);
  }

  #result(expression: Node): void {
    this.#text.appendLeft(expression.start, ';__d2l.value = (').appendRight(expression.end, ')');
  }

  #remove(node: Node): void {
    this.#text.remove(node.start, node.end);
  }
}

function propertyName(node: Node): string {
  return node.type === 'Literal' ? JSON.stringify(node['value']) : (node['name'] as string);
}
