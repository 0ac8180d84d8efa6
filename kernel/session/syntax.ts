/** @file Walking the syntax tree that oxc makes of a cell or of a declaration. */

/** The parts of a node that its readers use. */
export interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;

export function isFunction(node: Node): boolean {
  return FUNCTION.test(node.type);
}

/** The nodes right below a node, with the property each is in. */
export function* children(node: Node): Generator<[key: string, child: Node]> {
  for (const [key, value] of Object.entries(node)) {
    if (Array.isArray(value)) for (const item of value) if (isNode(item)) yield [key, item];
    if (isNode(value)) yield [key, value];
  }
}

function isNode(value: unknown): value is Node {
  return typeof (value as Node | null | undefined)?.type === 'string';
}
