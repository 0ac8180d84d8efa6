/** @file Constants whose type a cell's conditions narrow for good: `if (x === undefined) throw …`, `assert(x)`. */
import { parseCell } from '../language/oxc.js';
import { identifiers } from './binding.js';
import { readDeclarations } from './declarations.js';
import type { Header } from './header.js';
import type { Inferred } from './inference.js';
import { propertiesOf, isFunction, type Node } from '../language/tree.js';

const CONDITION = /^(test|discriminant)$/;
const ASSERTION = /assert|invariant|check|ensure|expect|must|should/i;

/** A text that names constants at the end of a cell, to ask for their types there, and where it names each. */
export function endReferences(
  header: Header,
  source: string,
  at: number,
): { text: string; places: ReadonlyMap<string, number> } {
  const conditions = conditionNames(source, (name) => header.asserts(name));
  const names = header.constants(source, conditions);
  let text = names.length ? '\n;[' : '';
  const places = new Map<string, number>();
  for (const name of names) {
    places.set(name, at + text.length);
    text += `${name}, `;
  }
  return { text: text && `${text}];`, places };
}

/** Constants whose type is another at the end of the cell than where it was declared. */
export function narrowedTypes(
  header: Header,
  source: string,
  { types, narrowed }: Inferred,
): Map<string, string> {
  const { declared } = readDeclarations(source);
  const isNews = ([name, type]: [string, string]): boolean => {
    const item = declared.findLast((d) => d.name === name);
    const known = (item && (types.get(item) ?? item.text)) ?? header.declaration(name) ?? '';
    return type !== 'never' && known !== type && !known.endsWith(`: ${type}`);
  };
  return new Map([...narrowed].filter(isNews));
}

/** @param isAssertion whether a name's own declaration says that it asserts */
function conditionNames(source: string, isAssertion: (name: string) => boolean): Set<string> {
  const { program, errors } = parseCell(source);
  const found = new Set<string>();
  if (errors.length) return found;
  const take = (node: Node): void => {
    for (const name of identifiers(source.slice(node.start, node.end))) found.add(name);
  };
  const visit = (node: Node): void => {
    if (isFunction(node) || /^(Class|VariableDeclaration|TS)/.test(node.type)) return;
    if (node.type === 'ExpressionStatement') return statement(node['expression'] as Node);
    for (const [key, child] of propertiesOf(node)) {
      if (CONDITION.test(key)) take(child);
      visit(child);
    }
  };
  const statement = (expression: Node): void => {
    if (expression.type === 'LogicalExpression') take(expression);
    if (expression.type !== 'CallExpression') return;
    const callee = expression['callee'] as Node;
    const name = source.slice(callee.start, callee.end);
    if (ASSERTION.test(name) || isAssertion(name))
      for (const [key, child] of propertiesOf(expression)) if (key === 'arguments') take(child);
  };
  for (const node of program.body as unknown as Node[]) visit(node);
  return found;
}
