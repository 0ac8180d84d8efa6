/** @file Where a syntax tree speaks of a name and means the outermost one: no inner scope declares it. */
import { boundNames, isFunction, lexicalNames, type Node, varNames } from './tree.js';

export interface Reference {
  name: string;
  start: number;
  end: number;
  /** `{ name }`: the text is the property's name too. */
  isShorthand: boolean;
  /** `name()`: called without a `this`. */
  isCallee: boolean;
}

/** What has types alone in it; nothing there is evaluated. */
const TYPES =
  /^(typeAnnotation|typeParameters|typeArguments|returnType|superTypeArguments|implements|label|key)$/;
const ERASED =
  /^TS(Interface|TypeAlias|Declare|EmptyBody|Abstract|IndexSignature|Type(?!Assertion)|ImportEquals|NamespaceExport)/;

/** References to any of `names` in statements whose own declarations of them are the outermost. */
export function referencesTo(statements: readonly Node[], names: ReadonlySet<string>): Reference[] {
  const reader = new Reader(names);
  for (const statement of statements) reader.visit(statement, new Set());
  return reader.found;
}

type Names = ReadonlySet<string>;

class Reader {
  readonly found: Reference[] = [];

  constructor(private readonly names: Names) {}

  visit(node: Node, hidden: Names, flags: Partial<Reference> = {}): void {
    if (ERASED.test(node.type) || node['declare']) return;
    if (isFunction(node)) return this.#function(node, hidden);
    switch (node.type) {
      case 'Identifier':
        return this.#reference(node, hidden, flags);
      case 'VariableDeclarator':
        this.#pattern(node['id'] as Node, hidden);
        if (node['init']) this.visit(node['init'] as Node, hidden);
        return;
      case 'BlockStatement':
      case 'TSModuleBlock':
        return this.#children(node, this.#inner(hidden, lexicalNames(node['body'] as Node[])));
      case 'StaticBlock': {
        const body = node['body'] as Node[];
        return this.#children(node, this.#inner(hidden, [...lexicalNames(body), ...varNames(body)]));
      }
      case 'SwitchStatement': {
        this.visit(node['discriminant'] as Node, hidden);
        const cases = node['cases'] as Node[];
        const inside = lexicalNames(cases.flatMap((branch) => branch['consequent'] as Node[]));
        for (const branch of cases) this.#children(branch, this.#inner(hidden, inside));
        return;
      }
      case 'ForStatement':
      case 'ForInStatement':
      case 'ForOfStatement': {
        const head = (node['init'] ?? node['left']) as Node | null;
        return this.#children(node, this.#inner(hidden, head ? lexicalNames([head]) : []));
      }
      case 'CatchClause': {
        const param = node['param'] as Node | null;
        const inside = this.#inner(hidden, param ? boundNames(param) : []);
        if (param) this.#pattern(param, inside);
        return this.visit(node['body'] as Node, inside);
      }
      case 'ClassDeclaration':
      case 'ClassExpression':
      case 'TSModuleDeclaration':
      case 'TSEnumDeclaration': {
        const id = node['id'] as Node | null;
        const members = ((node['body'] as Node)['members'] ?? []) as Node[];
        const names = members.map((member) => member['id'] as Node).map((key) => key['name'] ?? key['value']);
        const inside = [...(id ? boundNames(id) : []), ...(names as string[])];
        return this.#children(node, this.#inner(hidden, inside), 'id');
      }
      case 'TSEnumMember':
        if (node['initializer']) this.visit(node['initializer'] as Node, hidden);
        return;
      default:
        return this.#expression(node, hidden, flags);
    }
  }

  #expression(node: Node, hidden: Names, flags: Partial<Reference>): void {
    switch (node.type) {
      case 'ParenthesizedExpression':
      case 'TSNonNullExpression':
        return this.visit(node['expression'] as Node, hidden, flags);
      case 'MemberExpression':
        this.visit(node['object'] as Node, hidden);
        if (node['computed']) this.visit(node['property'] as Node, hidden);
        return;
      case 'CallExpression':
      case 'TaggedTemplateExpression': {
        const key = node.type === 'CallExpression' ? 'callee' : 'tag';
        this.visit(node[key] as Node, hidden, { isCallee: true });
        return this.#children(node, hidden, key);
      }
      case 'Property':
      case 'MethodDefinition':
      case 'PropertyDefinition':
      case 'AccessorProperty': {
        for (const decorator of (node['decorators'] as Node[] | undefined) ?? [])
          this.visit(decorator, hidden);
        if (node['computed']) this.visit(node['key'] as Node, hidden);
        if (!node['value']) return;
        return this.#value(node['value'] as Node, hidden, node['shorthand'] === true);
      }
      case 'ImportDeclaration':
      case 'ExportAllDeclaration':
      case 'MetaProperty':
        return;
      case 'ExportNamedDeclaration':
        if (node['declaration']) this.visit(node['declaration'] as Node, hidden);
        return;
      default:
        return this.#children(node, hidden);
    }
  }

  /** `{ name }`, and in an assignment pattern `{ name = value }`. */
  #value(node: Node, hidden: Names, isShorthand: boolean): void {
    if (isShorthand && node.type === 'AssignmentPattern') {
      this.visit(node['left'] as Node, hidden, { isShorthand });
      return this.visit(node['right'] as Node, hidden);
    }
    this.visit(node, hidden, { isShorthand });
  }

  #function(node: Node, hidden: Names): void {
    const id = node['id'] as Node | null;
    const params = node['params'] as Node[];
    const body = node['body'] as Node | null;
    const statements = body?.type === 'BlockStatement' ? (body['body'] as Node[]) : [];
    const inside = this.#inner(hidden, [...(id ? boundNames(id) : []), ...params.flatMap(boundNames)]);
    for (const param of params) this.#pattern(param, inside);
    if (body) this.visit(body, this.#inner(inside, varNames(statements)));
  }

  /** What binds is no reference; defaults and computed keys within are. */
  #pattern(node: Node, hidden: Names): void {
    switch (node.type) {
      case 'ObjectPattern':
        for (const property of node['properties'] as Node[]) {
          if (property['computed']) this.visit(property['key'] as Node, hidden);
          this.#pattern((property['value'] ?? property['argument']) as Node, hidden);
        }
        return;
      case 'ArrayPattern':
        for (const element of node['elements'] as (Node | null)[])
          if (element) this.#pattern(element, hidden);
        return;
      case 'AssignmentPattern':
        this.#pattern(node['left'] as Node, hidden);
        return this.visit(node['right'] as Node, hidden);
      case 'RestElement':
        return this.#pattern(node['argument'] as Node, hidden);
      case 'TSParameterProperty':
        return this.#pattern(node['parameter'] as Node, hidden);
    }
  }

  #children(node: Node, hidden: Names, except = ''): void {
    for (const key in node) {
      if (key === except || TYPES.test(key)) continue;
      const value = node[key];
      for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
        if (typeof (child as Node | null)?.type === 'string') this.visit(child as Node, hidden);
    }
  }

  #inner(hidden: Names, declared: readonly string[]): Names {
    const more = declared.filter((name) => this.names.has(name));
    return more.length ? new Set([...hidden, ...more]) : hidden;
  }

  #reference(node: Node, hidden: Names, flags: Partial<Reference>): void {
    const name = node['name'] as string;
    if (!this.names.has(name) || hidden.has(name)) return;
    const { start, end } = node;
    this.found.push({
      name,
      start,
      end,
      isShorthand: flags.isShorthand ?? false,
      isCallee: flags.isCallee ?? false,
    });
  }
}
