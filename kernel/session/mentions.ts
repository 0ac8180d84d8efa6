/**
 * @file Which names a kept declaration mentions, and when each is looked up. A value holds what a type was when the
 * value was made; the body of a function or a class finds names anew at each call.
 */
import { oxc } from '../language/oxc.js';
import { isBound, type Scope, scopeBelow, type Space } from './bound-names.js';
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
  /** `{ a }`, a member of that name too. */
  isShorthand: boolean;
}

const CODE =
  /^TS(FunctionType|ConstructorType|MethodSignature|CallSignatureDeclaration|ConstructSignatureDeclaration|DeclareFunction)$/;
const MEMBER = /^(TSAbstract)?(PropertyDefinition|MethodDefinition|AccessorProperty)$/;

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
  if (inner.type !== 'ImportDeclaration')
    below(inner, { role: 'then', scope: undefined, space: 'values', isCalled: false }, found);
}

/** `A` of `A.B.C`. */
export function leftmost(name: Node): Node {
  return name.type === 'TSQualifiedName' ? leftmost(name['left'] as Node) : name;
}

function add(found: Reference[], id: Node, role: Reference['role'], isShorthand = false): void {
  if (id.type !== 'Identifier') return;
  const name = id['name'] as string;
  found.push({ name, start: id.start, end: id.start + name.length, role, isShorthand });
}

/** What the nodes around one mean for it. */
interface Around {
  role: 'then' | 'now';
  scope: Scope | undefined;
  space: Space;
  /** A function is called where it stands. */
  isCalled: boolean;
}

function below(node: Node, around: Around, found: Reference[]): void {
  const space = spaceOf(node, around);
  for (const [key, child] of propertiesOf(node)) {
    const role = roleOf(node, key, child, around);
    const scope = scopeBelow(node, key, around.scope);
    const isCalled = key === 'callee' || (around.isCalled && node.type === 'ParenthesizedExpression');
    if (child.type === 'Identifier' && !isName(node, key)) {
      const isShorthand = key === 'value' && Boolean(node['shorthand']);
      if (!isBound(scope, space, child['name'] as string)) add(found, child, role, isShorthand);
    }
    below(child, { role, scope, space, isCalled }, found); // of an identifier: a parameter's annotation
  }
}

/** A type's name is looked up among types, `typeof x` and all of an expression among values. */
function spaceOf({ type }: Node, around: Around): Space {
  if (type === 'TSQualifiedName') return around.space;
  return /^TS(TypeReference|InterfaceHeritage|ClassImplements)$/.test(type) ? 'types' : 'values';
}

/** What a class needs to come to be stays what it was: its base, computed keys, decorators, static members. */
function roleOf(node: Node, key: string, child: Node, { role, isCalled }: Around): Around['role'] {
  if (CODE.test(node.type) || (isFunction(node) && !isCalled)) return 'now';
  if (node.type === 'ClassBody') return child.type === 'TSIndexSignature' ? 'now' : role;
  if (!MEMBER.test(node.type)) return role;
  const isAtOnce = key === 'key' || key === 'decorators' || (key === 'value' && node['static']);
  return isAtOnce ? role : 'now';
}

/** Whether the child names something of its own (a member, a parameter) rather than refers to a declaration. */
function isName(node: Node, key: string): boolean {
  switch (key) {
    case 'id':
    case 'params':
    case 'parameterName':
    case 'label':
    case 'qualifier':
    case 'exported':
      return true;
    case 'right':
      return node.type === 'TSQualifiedName';
    case 'name':
      return node.type === 'TSTypeParameter';
    case 'property':
    case 'key':
      return !node['computed'];
    default:
      return false;
  }
}
