/** @file Variables of earlier cells that a cell gives other values: outside of its functions, so that they hold them after it. */
import { parseCell } from '../language/oxc.js';
import { boundNames, childrenOf, isFunction, type Node } from '../language/tree.js';

export function reassigned(source: string): Set<string> {
  const found = new Set<string>();
  const visit = (node: Node): void => {
    if (isFunction(node) || /^(Class|TS)/.test(node.type)) return;
    if (node.type === 'AssignmentExpression' && node['operator'] === '=')
      for (const name of boundNames(node['left'] as Node)) found.add(name);
    for (const child of childrenOf(node)) visit(child);
  };
  for (const node of parseCell(source).program.body as unknown as Node[]) visit(node);
  return found;
}
