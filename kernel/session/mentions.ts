/**
 * @file Which names a kept declaration mentions, and when each is looked up. A value holds what a type was when the
 * value was made; the body of a function or a class finds names anew at each call.
 */
import { oxc } from '../language/oxc.js';
import { propertiesOf, isFunction, type Node } from '../language/tree.js';

export interface Reference {
  name: string;
  start: number;
  end: number;
  /**
   * `self`: the name declared; `import`: the same in an import clause that does not rename it.
   * `then`: stays what it was at the time of the declaration; `now`: is found anew when it is used.
   */
  role: 'self' | 'import' | 'then' | 'now';
}

const CODE =
  /^TS(FunctionType|ConstructorType|MethodSignature|CallSignatureDeclaration|ConstructSignatureDeclaration|DeclareFunction)$/;

/** @param text one declaration, as the header keeps it */
export function references(text: string): Reference[] {
  const found: Reference[] = [];
  for (const node of parseStatements(text)) declared(node, found);
  return found;
}

/** The statements of a text that may have JSX in it. */
export function parseStatements(text: string): Node[] {
  const plain = oxc().parseSync('declaration.ts', text, { sourceType: 'module' });
  const parsed = plain.errors.length
    ? oxc().parseSync('declaration.tsx', text, { sourceType: 'module' })
    : plain;
  return parsed.program.body as unknown as Node[];
}

function declared(node: Node, found: Reference[]): void {
  const inner = (node['declaration'] as Node | null | undefined) ?? node;
  for (const declarator of (inner['declarations'] as Node[] | undefined) ?? [inner]) {
    const id = declarator['id'] as Node | null | undefined;
    if (id) add(found, leftmost(id), 'self');
  }
  for (const item of (inner['specifiers'] as Node[] | undefined) ?? []) {
    const local = item['local'] as Node;
    const renames = (item['imported'] as Node | undefined)?.start !== local.start;
    add(found, local, renames ? 'self' : 'import');
  }
  if (inner.type !== 'ImportDeclaration') below(inner, 'then', found);
}

/** `A` of `A.B.C`. */
export function leftmost(name: Node): Node {
  return name.type === 'TSQualifiedName' ? leftmost(name['left'] as Node) : name;
}

function add(found: Reference[], id: Node, role: Reference['role']): void {
  if (id.type !== 'Identifier') return;
  const name = id['name'] as string;
  found.push({ name, start: id.start, end: id.start + name.length, role });
}

function below(node: Node, role: 'then' | 'now', found: Reference[]): void {
  const isClass = node.type.startsWith('Class');
  const inside = CODE.test(node.type) || isFunction(node) ? 'now' : role;
  for (const [key, child] of propertiesOf(node)) {
    if (isName(node, key)) {
      below(child, inside, found); // a parameter's annotation
    } else if (child.type === 'Identifier') {
      add(found, child, inside);
      below(child, inside, found);
    } else {
      below(child, isClass && key === 'body' ? 'now' : inside, found);
    }
  }
}

/** Whether the child names something of its own (a member, a parameter) rather than refers to a declaration. */
function isName(node: Node, key: string): boolean {
  switch (key) {
    case 'id':
    case 'params':
    case 'parameterName':
    case 'label':
    case 'qualifier':
      return true;
    case 'right':
      return node.type === 'TSQualifiedName';
    case 'name':
      return node.type === 'TSTypeParameter';
    case 'property':
    case 'key':
      return !node['computed'];
    case 'value':
      return Boolean(node['shorthand']);
    default:
      return false;
  }
}
