/** @file ESTree as oxc gives it, as far as the kernel reads it. */

/** A node of a syntax tree. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

/** The nodes right below one, with the property that each is in. */
export function* propertiesOf(node: Node): Iterable<[key: string, child: Node]> {
  for (const key in node) {
    const value = node[key];
    if (typeof value !== 'object' || value === null) continue;
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value])
      if (typeof (child as Node | null)?.type === 'string') yield [key, child as Node];
  }
}

/** Those nodes alone. */
export function* childrenOf(node: Node): Iterable<Node> {
  for (const [, child] of propertiesOf(node)) yield child;
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;

export function isFunction({ type }: Node): boolean {
  return FUNCTION.test(type);
}

/** `using` and `await using`. */
export function isUsing(node: Node): boolean {
  return node.type === 'VariableDeclaration' && String(node['kind']).endsWith('using');
}

/** Names that a binding pattern binds, in their order. */
export function boundNames(pattern: Node): string[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern['name'] as string];
    case 'ObjectPattern':
      return (pattern['properties'] as Node[]).flatMap((p) =>
        boundNames((p['value'] ?? p['argument']) as Node),
      );
    case 'ArrayPattern':
      return (pattern['elements'] as (Node | null)[]).flatMap((element) =>
        element ? boundNames(element) : [],
      );
    case 'AssignmentPattern':
      return boundNames(pattern['left'] as Node);
    case 'RestElement':
      return boundNames(pattern['argument'] as Node);
    case 'TSParameterProperty':
      return boundNames(pattern['parameter'] as Node);
    default:
      return [];
  }
}

export function declaratorsOf(node: Node): (Node & { id: Node; init: Node | null })[] {
  return node['declarations'] as (Node & { id: Node; init: Node | null })[];
}

/** The declaration that an export statement makes, or the statement itself. */
export function withoutExport(node: Node): Node {
  const isExport = node.type === 'ExportNamedDeclaration' || node.type === 'ExportDefaultDeclaration';
  return (isExport && (node['declaration'] as Node | null)) || node;
}

/** Names of `var` declarations in statements: they belong to the function or cell around all blocks. */
export function varNames(nodes: Iterable<Node>): string[] {
  const names: string[] = [];
  const visit = (node: Node): void => {
    if (isFunction(node) || /^(Class|StaticBlock|TSModule)/.test(node.type)) return;
    if (node.type === 'VariableDeclaration' && node['kind'] === 'var')
      names.push(...declaratorsOf(node).flatMap(({ id }) => boundNames(id)));
    for (const child of childrenOf(node)) visit(child);
  };
  for (const node of nodes) visit(node);
  return names;
}

/** Names that statements declare for their own block: let, const, using, functions, classes, enums, namespaces. */
export function lexicalNames(statements: Iterable<Node>): string[] {
  const names: string[] = [];
  for (const statement of statements) {
    const node = withoutExport(statement);
    if (node.type === 'VariableDeclaration' && node['kind'] !== 'var')
      names.push(...declaratorsOf(node).flatMap(({ id }) => boundNames(id)));
    else if (/^(FunctionDeclaration|ClassDeclaration|TSEnumDeclaration|TSModuleDeclaration)$/.test(node.type))
      names.push(...boundNames((node['id'] as Node | null) ?? node));
  }
  return names;
}

/** Whether evaluation gives the node the name of what it is assigned to: a function or class without one. */
export function takesName(node: Node): boolean {
  if (node.type === 'ParenthesizedExpression') return takesName(node['expression'] as Node);
  if (node.type === 'ArrowFunctionExpression') return true;
  return /^(Function|Class)Expression$/.test(node.type) && !node['id'];
}
