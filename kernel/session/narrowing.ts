/** @file Names whose type a cell's conditions may narrow for good: `if (x === undefined) throw …`, `assert(x)`. */
import { parseCell } from '../oxc.js';
import { identifiers } from './binding.js';
import { propertiesOf, isFunction, type Node } from './tree.js';

const CONDITION = /^(test|discriminant)$/;
const ASSERTION = /assert|invariant|check|ensure|expect|must|should/i;

/** @param isAssertion whether a name's own declaration says that it asserts */
export function conditionNames(source: string, isAssertion: (name: string) => boolean): Set<string> {
  const { program, errors } = parseCell(source);
  const found = new Set<string>();
  if (errors.length) return found;
  const take = (node: Node): void => {
    for (const name of identifiers(source.slice(node.start, node.end))) found.add(name);
  };
  const visit = (node: Node): void => {
    if (isFunction(node) || /^(Class|VariableDeclaration|TS)/.test(node.type)) return;
    for (const [key, child] of propertiesOf(node)) if (CONDITION.test(key)) take(child);
    if (node.type === 'ExpressionStatement') return statement(node['expression'] as Node);
    for (const [, child] of propertiesOf(node)) visit(child);
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
