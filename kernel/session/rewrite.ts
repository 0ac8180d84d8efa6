/**
 * @file JavaScript of a cell → the same with names that are shared. Every top-level declaration becomes an assignment to
 * a global of that name, so that later cells see it and may declare it again as anything; static imports become awaited
 * calls; the value of a last expression is kept. Nothing else is touched.
 */
import MagicString from 'magic-string';
import type { oxc } from '../language/oxc.js';
import { assign, type Position } from '../language/assignments.js';
import { referencesTo } from '../language/references.js';
import { boundNames, childrenOf, declaratorsOf, isFunction, type Node } from '../language/tree.js';

export type Parsed = ReturnType<ReturnType<typeof oxc>['parseSync']>;

/** An import that the compiler has added for its own use. */
export function isHelper(node: Node): boolean {
  return String((node['source'] as Node)['value']).startsWith('@oxc-project/runtime/');
}

/** What lower.ts has made of a `using`: the name ends with the cell. */
export function isBoundToCell(node: Node, link: string): boolean {
  if (node.type !== 'VariableDeclaration') return false;
  const callee = declaratorsOf(node)[0]!.init?.['callee'] as Node | undefined;
  const [object, property] = [callee?.['object'], callee?.['property']] as (Node | undefined)[];
  return object?.['name'] === link && property?.['name'] === 'using';
}

export class Rewriter {
  readonly #text: MagicString;
  readonly #body: readonly Node[];
  /** Statements to run first: functions, then imports; whole top-level nodes. */
  readonly #functions: Node[] = [];
  readonly #imports: Node[] = [];
  readonly #link: string;

  constructor(
    private readonly code: string,
    private readonly parsed: Parsed,
    private readonly options: { link: string; own: ReadonlySet<string>; isAsync: boolean },
  ) {
    this.#text = new MagicString(code);
    this.#body = parsed.program.body as unknown as Node[];
    this.#link = options.link;
  }

  /** @param isValued whether the last statement's value is the cell's */
  rewrite(isValued: boolean): { code: string; map: string } {
    const text = this.#text;
    const last = isValued ? this.#body.findLast(isEvaluated) : undefined;
    for (const node of this.#body) this.#statement(node, node === last);
    this.#refer();
    for (const { start, end } of this.parsed.module.importMetas)
      text.update(start, end, `${this.#link}.meta`);
    this.#hoist();
    const { hashbang } = this.parsed.program;
    if (hashbang) text.remove(hashbang.start, hashbang.end);
    text
      .prepend(`__d2lRun(${this.options.isAsync ? 'async ' : ''}(${this.#link}) => { "use strict"; `)
      .append('\n})');
    const map = text.generateMap({ hires: 'boundary', source: 'cell.js', includeContent: false }).toString();
    return { code: text.toString(), map };
  }

  /** A cell may call its functions above their text, and imports happen first, as in a module. */
  #hoist(): void {
    const hoisted = [...this.#functions, ...this.#imports];
    const first = this.#body.find((node) => !hoisted.includes(node))?.start;
    if (first === undefined && !(this.#functions.length && this.#imports.length)) return;
    const to = first ?? this.#body.at(-1)!.end;
    for (const node of hoisted)
      if (node.start !== to && node.end !== to) this.#text.move(node.start, node.end, to);
  }

  #statement(node: Node, isLast: boolean): void {
    switch (node.type) {
      case 'ImportDeclaration':
        return this.#import(node, importedNames(node));
      case 'ExportAllDeclaration':
        return this.#import(node, []);
      case 'ExportNamedDeclaration':
        return this.#exportNamed(node, isLast);
      case 'ExportDefaultDeclaration':
        return this.#exportDefault(node, isLast);
      case 'FunctionDeclaration':
        return this.#function(node, node.start);
      case 'ClassDeclaration':
        return this.#class(node);
      case 'VariableDeclaration':
        return isBoundToCell(node, this.#link) ? this.#nested(node) : this.#variables(node, 'statement');
      case 'ExpressionStatement':
        return isLast ? this.#result(node['expression'] as Node) : undefined;
      default:
        return this.#nested(node);
    }
  }

  /** Where a name lives that is there from the start. */
  #place = (name: string): string => (this.options.own.has(name) ? `${this.#link}.own.${name}` : name);

  /**
   * `f = function f(…) {…}`: the text of a function stays whole, since it may be sent away. One that changes what its
   * own name means must do without it (and one called await may not have it in an expression).
   */
  #function(node: Node, start: number): void {
    const id = node['id'] as Node & { name: string };
    const target = this.#place(id.name);
    if (id.name === 'await' || assignsTo(node, id.name)) this.#text.remove(id.start, id.end);
    this.#text.prependRight(start, `${target} = `).appendLeft(node.end, ';');
    this.#functions.push(start === node.start ? node : { ...node, start });
  }

  #class(node: Node): void {
    const id = node['id'] as Node & { name: string };
    // Not appendLeft: functions are moved to before the first statement, which may be this one.
    this.#text.prependRight(node.start, `${this.#link}.let.${id.name} = `).appendLeft(node.end, ';');
  }

  #variables(node: Node, position: Position): void {
    for (const { init } of declaratorsOf(node)) if (init) this.#nested(init);
    const { kind } = node;
    if (kind === 'var') return assign(this.#text, node, this.#place, position);
    assign(this.#text, node, (name) => `${this.#link}.${String(kind)}.${name}`, position, 'void 0');
  }

  /** `var` inside blocks and loops belongs to the cell too; let, const and functions there stay where they are. */
  #nested(node: Node): void {
    if (isFunction(node) || /^(Class|StaticBlock|MethodDefinition)/.test(node.type)) return;
    if (node.type === 'VariableDeclaration') {
      if (node['kind'] === 'var') this.#variables(node, 'statement');
      return;
    }
    const head = /^For(In|Of)?Statement$/.test(node.type) && ((node['init'] ?? node['left']) as Node | null);
    for (const child of childrenOf(node)) {
      const isVar = child.type === 'VariableDeclaration' && child['kind'] === 'var';
      if (isVar && child === head) this.#variables(child, node.type === 'ForStatement' ? 'head' : 'each');
      else this.#nested(child);
    }
  }

  #import(node: Node, names: readonly [imported: string, local: string][]): void {
    const source = node['source'] as Node;
    const specifier = this.code.slice(source.start, source.end);
    const attributes = (node['attributes'] as Node[] | undefined) ?? [];
    const type = attributes.find(
      (item) => ((item['key'] as Node)['name'] ?? (item['key'] as Node)['value']) === 'type',
    );
    const rest = type ? `, ${JSON.stringify((type['value'] as Node)['value'])}` : '';
    const text = isHelper(node)
      ? `;const { default: ${names[0]![1]} } = await import(${specifier});`
      : `;await ${this.#link}.import(${specifier}, ${JSON.stringify(names)}${rest});`;
    this.#text.update(node.start, node.end, text);
    this.#imports.push(node);
  }

  #exportNamed(node: Node, isLast: boolean): void {
    if (node['source']) {
      const names = (node['specifiers'] as Node[]).map(
        (item) => [propertyName(item['local'] as Node), ''] as const,
      );
      return this.#import(node, names as [string, string][]);
    }
    const declaration = node['declaration'] as Node | null;
    if (!declaration) return void this.#text.update(node.start, node.end, ';');
    if (declaration.type === 'FunctionDeclaration') {
      this.#text.remove(node.start, declaration.start);
      return this.#function(declaration, declaration.start);
    }
    this.#text.update(node.start, declaration.start, ';');
    this.#statement(declaration, isLast);
  }

  #exportDefault(node: Node, isLast: boolean): void {
    const declaration = node['declaration'] as Node;
    this.#text.update(node.start, declaration.start, ';');
    if (declaration['id'] && declaration.type.endsWith('Declaration'))
      return this.#statement(declaration, false);
    if (isLast) this.#result(declaration);
    else this.#text.prependRight(declaration.start, '(').appendLeft(declaration.end, ');');
  }

  #result(expression: Node): void {
    this.#text.prependRight(expression.start, `;${this.#link}.value = (`).appendLeft(expression.end, ')');
  }

  /** Names that are also globals are read and written where only cells see them. */
  #refer(): void {
    if (![...this.options.own].some((name) => this.code.includes(name))) return;
    const calls = new Set<number>();
    for (const { name, start, end, isCallee, isShorthand } of referencesTo(this.#body, this.options.own)) {
      const place = this.#place(name);
      if (isCallee) calls.add(start);
      this.#text.update(start, end, isShorthand ? `${name}: ${place}` : isCallee ? `(0, ${place})` : place);
    }
    // A statement must not begin with a bracket where the one above goes without a semicolon.
    const separate = (node: Node): void => {
      const list = node['body'] ?? node['consequent'];
      const statements = Array.isArray(list) ? (list as Node[]) : [];
      statements.forEach(
        ({ start }, i) => i && calls.has(start) && this.#text.appendLeft(statements[i - 1]!.end, ';'),
      );
      for (const child of childrenOf(node)) separate(child);
    };
    if (calls.size) separate(this.parsed.program as unknown as Node);
  }
}

/** Neither an import nor the empty export that the compiler leaves at the end of a module. */
function isEvaluated({ type, ...node }: Node): boolean {
  return (
    type !== 'EmptyStatement' &&
    !(type === 'ExportNamedDeclaration' && !node['declaration'] && !node['source'])
  );
}

function importedNames(node: Node): [string, string][] {
  return (node['specifiers'] as Node[]).map((item) => {
    const { name } = item['local'] as unknown as { name: string };
    if (item.type === 'ImportNamespaceSpecifier') return ['*', name];
    return [
      item.type === 'ImportDefaultSpecifier' ? 'default' : propertyName(item['imported'] as Node),
      name,
    ];
  });
}

function propertyName(node: Node): string {
  return (node.type === 'Literal' ? node['value'] : node['name']) as string;
}

/** Whether code in a function gives a name another value. */
function assignsTo(node: Node, name: string): boolean {
  const target = (node['left'] ?? (node.type === 'UpdateExpression' && node['argument'])) as
    Node | false | undefined;
  if (target && /^(Assignment|Update|For(In|Of))/.test(node.type) && targets(target).includes(name))
    return true;
  for (const child of childrenOf(node)) if (assignsTo(child, name)) return true;
  return false;
}

function targets(pattern: Node): string[] {
  return pattern.type === 'ParenthesizedExpression'
    ? targets(pattern['expression'] as Node)
    : boundNames(pattern);
}
