/** @file A declaration turned into assignments: `const { a } = x, b = 1` → `void (({ a: T.a } = x), T.b = 1)`. */
import type MagicString from 'magic-string';
import { declaratorsOf, type Node, takesName } from './tree.js';

/** What the text says in place of a name that is declared; the name itself where that is enough. */
export type Place = (name: string) => string;

/** Where a declaration stands: a statement, or the head of a loop (`each`: of `for … of` and `for … in`). */
export type Position = 'statement' | 'head' | 'each';

/**
 * Rewrites a declaration of variables in place. A statement becomes `void (…)`, which neither continues the line
 * above it nor ends an `if` around it.
 * @param bare what a declarator without a value is given; a `var` is given none
 */
export function assign(text: MagicString, node: Node, place: Place, position: Position, bare?: string): void {
  const [open, close] = position === 'statement' ? ['void (', ')'] : ['', ''];
  const declarators = declaratorsOf(node);
  text.update(node.start, declarators[0]!.start, open);
  for (const { id, init, start, end } of declarators) {
    if (!init && position !== 'each' && bare === undefined) text.update(start, end, '0');
    else if (id.type === 'Identifier') name(text, id, init, place, position === 'each' ? undefined : bare);
    else {
      retarget(text, id, place);
      const type = id['typeAnnotation'] as Node | null | undefined;
      if (type) text.remove(type.start, type.end);
      if (id.type === 'ObjectPattern' && init) text.prependRight(start, '(').appendLeft(end, ')');
    }
  }
  text.appendLeft(declarators.at(-1)!.end, close);
}

function name(text: MagicString, id: Node, init: Node | null, place: Place, bare: string | undefined): void {
  const target = place(id['name'] as string);
  if (init) {
    text.update(id.start, init.start, `${target} = `);
    keepName(text, id, init, place);
  } else text.update(id.start, id.end, bare === undefined ? target : `${target} = ${bare}`);
}

/** An anonymous function is named by a variable it is assigned to, but not by a property: `{ f: () => 1 }.f` does it. */
function keepName(text: MagicString, id: Node, value: Node, place: Place): void {
  const given = id['name'] as string;
  if (place(given) === given || !takesName(value)) return;
  // Not `['f']` for all: V8 gives a class of a computed key its name over one that it has itself.
  const [key, member] = given === '__proto__' ? [`['${given}']`, `['${given}']`] : [given, `.${given}`];
  text.prependRight(value.start, `({ ${key}: `).appendLeft(value.end, ` })${member}`);
}

/** Rewrites the names of a destructuring pattern. */
function retarget(text: MagicString, pattern: Node, place: Place): void {
  switch (pattern.type) {
    case 'Identifier': {
      const target = place(pattern['name'] as string);
      if (target !== pattern['name']) text.update(pattern.start, pattern.end, target);
      return;
    }
    case 'ObjectPattern':
      for (const property of pattern['properties'] as Node[]) {
        const value = (property['value'] ?? property['argument']) as Node;
        const isShorthand = property['shorthand'] === true;
        retarget(text, value, isShorthand ? (given) => shorthand(given, place) : place);
      }
      return;
    case 'ArrayPattern':
      for (const element of pattern['elements'] as (Node | null)[])
        if (element) retarget(text, element, place);
      return;
    case 'AssignmentPattern': {
      const left = pattern['left'] as Node;
      retarget(text, left, place);
      if (left.type === 'Identifier') keepName(text, left, pattern['right'] as Node, place);
      return;
    }
    case 'RestElement':
      return retarget(text, pattern['argument'] as Node, place);
  }
}

function shorthand(given: string, place: Place): string {
  const target = place(given);
  return target === given ? given : `${given}: ${target}`;
}
