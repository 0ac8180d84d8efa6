/** @file What a cell declares, read from its TypeScript syntax tree: the names later cells may use, and how to type them. */
import { parseCell } from '../oxc.js';

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

export interface Declared {
  name: string;
  /**
   * `inferred`: the type is the compiler's to tell, asked at `at`. `source`: the text itself is the declaration.
   * `import`: a binding of an import statement.
   */
  kind: 'inferred' | 'source' | 'import';
  space: 'value' | 'type' | 'both';
  at: number;
  text: string;
  /** The documentation comment above it, or nothing. */
  doc: string;
}

/** What a function's declaration begins with. */
export const FUNCTION = 'declare function';

/** `addToClass(target, { members })` as a statement of the cell. */
export interface Addition {
  /** The class as written, `Net` or `d2l.Net`, and the offset of its last name. */
  target: string;
  at: number;
  members: { name: string; at: number }[];
}

export interface CellDeclarations {
  declared: Declared[];
  additions: Addition[];
}

export function readDeclarations(source: string): CellDeclarations {
  const { program, comments } = parseCell(source);
  const reader = new Reader(source, comments);
  for (const node of program.body as unknown as Node[]) reader.statement(node);
  return reader;
}

class Reader implements CellDeclarations {
  readonly declared: Declared[] = [];
  readonly additions: Addition[] = [];

  #doc = '';

  constructor(
    private readonly source: string,
    private readonly comments: readonly { type: string; value: string; start: number; end: number }[],
  ) {}

  /** @param from where the statement begins, before an `export` */
  statement(node: Node, from = node.start): void {
    const doc = this.comments.find(({ end }) => end <= from && !this.source.slice(end, from).trim());
    this.#doc = doc?.type === 'Block' && doc.value.startsWith('*') ? `/*${doc.value}*/ ` : '';
    switch (node.type) {
      case 'ImportDeclaration':
        return this.#import(node);
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration': {
        const declaration = node['declaration'] as Node | null;
        if (declaration) this.statement(declaration, node.start);
        return;
      }
      case 'VariableDeclaration':
        return this.#variables(node);
      case 'FunctionDeclaration':
      case 'TSDeclareFunction':
        return this.#add(node['id'] as Node | null, 'inferred', 'value', FUNCTION);
      case 'ClassDeclaration':
      case 'TSEnumDeclaration':
      case 'TSModuleDeclaration':
        return this.#add(node['id'] as Node | null, 'source', 'both', this.#text(node));
      case 'TSInterfaceDeclaration':
      case 'TSTypeAliasDeclaration':
        return this.#add(node['id'] as Node, 'source', 'type', this.#text(node));
      case 'ExpressionStatement':
        return this.#addition(node['expression'] as Node);
      default:
        return this.#vars(node);
    }
  }

  #text(node: Node): string {
    return this.source.slice(node.start, node.end);
  }

  #add(id: Node | null, kind: Declared['kind'], space: Declared['space'], text: string): void {
    if (id?.type !== 'Identifier') return;
    this.declared.push({ name: id['name'] as string, kind, space, at: id.start, text, doc: this.#doc });
  }

  #variables(node: Node): void {
    const keyword = node['kind'] === 'const' ? 'declare const' : 'declare let';
    for (const { id } of node['declarations'] as { id: Node }[]) this.#pattern(id, keyword);
  }

  #pattern(pattern: Node, keyword: string): void {
    switch (pattern.type) {
      case 'Identifier': {
        const type = pattern['typeAnnotation'] as Node | null;
        if (!type) return this.#add(pattern, 'inferred', 'value', keyword);
        const text = `${keyword} ${pattern['name'] as string}${this.#text(type)}`; // nothing to ask the compiler
        return this.#add(pattern, 'source', 'value', text);
      }
      case 'ObjectPattern':
        for (const property of pattern['properties'] as Node[]) {
          this.#pattern((property['value'] ?? property['argument']) as Node, keyword);
        }
        return;
      case 'ArrayPattern':
        for (const element of pattern['elements'] as (Node | null)[])
          if (element) this.#pattern(element, keyword);
        return;
      case 'AssignmentPattern':
        return this.#pattern(pattern['left'] as Node, keyword);
      case 'RestElement':
        return this.#pattern(pattern['argument'] as Node, keyword);
    }
  }

  /** `var` in blocks and loops is the cell's too. */
  #vars(node: Node): void {
    if (/Function|Class/.test(node.type)) return;
    if (node.type === 'VariableDeclaration' && node['kind'] === 'var') this.#variables(node);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof (child as Node | null)?.type === 'string') this.#vars(child as Node);
      }
    }
  }

  /** One statement for each binding, so that a later cell can shadow one of them. */
  #import(node: Node): void {
    const from = this.#text(node['source'] as Node);
    for (const item of node['specifiers'] as Node[]) {
      const local = item['local'] as Node;
      const isType = node['importKind'] === 'type' || item['importKind'] === 'type';
      const type = isType ? 'type ' : '';
      const binding = this.#text(item).replace(/^type\s+/, '');
      const clause = item.type === 'ImportSpecifier' ? `{ ${binding} }` : binding;
      this.#add(local, 'import', 'both', `import ${type}${clause} from ${from}`);
    }
  }

  #addition(expression: Node): void {
    const call = expression.type === 'AwaitExpression' ? (expression['argument'] as Node) : expression;
    if (call.type !== 'CallExpression') return;
    const callee = this.#text(call['callee'] as Node);
    const [target, members] = call['arguments'] as [Node | undefined, Node | undefined];
    if (!/(^|\.)addToClass$/.test(callee) || !target || members?.type !== 'ObjectExpression') return;
    const last = target.type === 'MemberExpression' ? (target['property'] as Node) : target;
    const keys = (members['properties'] as Node[]).map((property) => property['key'] as Node | undefined);
    this.additions.push({
      target: this.#text(target),
      at: last.start,
      members: keys
        .filter((key) => key?.type === 'Identifier')
        .map((key) => ({ name: key!['name'] as string, at: key!.start })),
    });
  }
}
