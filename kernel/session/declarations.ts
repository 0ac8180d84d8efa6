/** @file What a cell declares, read from its TypeScript syntax tree: the names later cells may use, and how to type them. */
import { parseCell } from '../language/oxc.js';
import { augmentationsOf, type Augmentation } from './augmentations.js';
import { type Comment, docAbove, type MemberDocs, memberDocs } from './docs.js';
import { leftmost } from './mentions.js';
import { boundNames, childrenOf, declaratorsOf, isFunction, isUsing, type Node } from '../language/tree.js';

export type { Augmentation };

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
  /** The whole statement. */
  source: string;
  /** The documentation comment above it, or nothing. */
  doc: string;
  /** The same of an object's members. */
  members?: MemberDocs | undefined;
  /** What people see of it, when that is not the text. */
  shown?: string;
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
  augmentations: Augmentation[];
  /** Names of `using`: they end with the cell, and what they were before comes back. */
  ending: string[];
}

let latest: { source: string; read: CellDeclarations } | undefined;

/** Read once for a cell's check, its header and its commit. */
export function readDeclarations(source: string): CellDeclarations {
  if (latest?.source !== source) {
    const { program, comments } = parseCell(source);
    const reader = new Reader(source, comments);
    for (const node of program.body as unknown as Node[]) reader.statement(node);
    latest = { source, read: reader };
  }
  return latest.read;
}

/** Interfaces, aliases and enums inside of functions and blocks. */
export function localTypes(source: string): { name: string; text: string }[] {
  const found: { name: string; text: string }[] = [];
  const visit = (node: Node, isTop: boolean): void => {
    const id = node['id'] as Node | undefined;
    if (!isTop && id && LOCAL.test(node.type))
      found.push({ name: id['name'] as string, text: source.slice(node.start, node.end) });
    for (const child of childrenOf(node)) visit(child, false);
  };
  if (/\b(interface|type|enum)\b/.test(source))
    for (const node of parseCell(source).program.body as unknown as Node[]) visit(node, true);
  return found;
}

const LOCAL = /^TS(InterfaceDeclaration|TypeAliasDeclaration|EnumDeclaration)$/;

class Reader implements CellDeclarations {
  readonly declared: Declared[] = [];
  readonly additions: Addition[] = [];
  readonly augmentations: Augmentation[] = [];
  readonly ending: string[] = [];

  #doc = '';
  #statement = '';

  constructor(
    private readonly source: string,
    private readonly comments: readonly Comment[],
  ) {}

  /** @param from where the statement begins, before an `export` */
  statement(node: Node, from = node.start): void {
    this.#doc = docAbove(this.source, this.comments, from);
    this.#statement = this.#text(node);
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
        return this.#function(node);
      case 'TSModuleDeclaration':
        return this.#module(node);
      case 'ClassDeclaration':
      case 'TSEnumDeclaration':
      case 'TSImportEqualsDeclaration':
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
    const name = id && leftmost(id);
    if (name?.type !== 'Identifier') return;
    this.declared.push({
      name: name['name'] as string,
      kind,
      space,
      at: name.start,
      text,
      doc: this.#doc,
      source: this.#statement,
    });
  }

  /** Of an overloaded function, what its overloads say; the one with the body is not for callers. */
  #function(node: Node): void {
    const id = node['id'] as Node | null;
    if (node.type === 'TSDeclareFunction')
      return this.#add(id, 'source', 'value', `declare ${this.#text(node).replace(/^declare\s+/, '')}`);
    const overload = this.declared.findLast((d) => d.name === id?.['name'] && d.kind === 'source');
    if (overload) overload.source += `\n${this.#text(node)}`;
    else this.#add(id, 'inferred', 'value', FUNCTION);
  }

  /** A namespace, or what is added to a module or to the language. */
  #module(node: Node): void {
    const id = node['id'] as Node;
    if (id.type !== 'Literal' && node['kind'] !== 'global')
      return this.#add(id, 'source', 'both', this.#text(node));
    this.augmentations.push(...augmentationsOf(this.source, node));
  }

  #variables(node: Node): void {
    if (isUsing(node)) {
      this.ending.push(...declaratorsOf(node).flatMap(({ id }) => boundNames(id)));
      return;
    }
    const keyword = node['kind'] === 'const' ? 'const' : 'let';
    for (const { id, init } of node['declarations'] as { id: Node; init: Node | null }[]) {
      const isUntyped = id.type === 'Identifier' && !id['typeAnnotation'];
      if (init?.type === 'ClassExpression' && isUntyped) {
        this.#add(id, 'source', 'value', `${keyword} ${id['name'] as string} = ${this.#text(init)}`);
        continue;
      }
      this.#pattern(id, `declare ${keyword}`);
      if (init && isUntyped) this.declared.at(-1)!.members = memberDocs(this.source, this.comments, init);
    }
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
    if (isFunction(node) || /Class/.test(node.type)) return;
    if (node.type === 'VariableDeclaration' && node['kind'] === 'var') this.#variables(node);
    for (const child of childrenOf(node)) this.#vars(child);
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
