/** @file Names that a node of a syntax tree has of its own: inside of it they do not refer to what cells declare. */
import { boundNames, childrenOf, isFunction, lexicalNames, varNames, type Node } from '../language/tree.js';

/** What is bound around a node: types and values are two worlds, and a class is in both. */
export interface Scope {
  types: ReadonlySet<string>;
  values: ReadonlySet<string>;
  outer: Scope | undefined;
}

export type Space = 'types' | 'values';

export function isBound(scope: Scope | undefined, space: Space, name: string): boolean {
  for (let at = scope; at; at = at.outer) if (at[space].has(name)) return true;
  return false;
}

/** The scope of what is below a node. */
export function scopeBelow(node: Node, key: string, outer: Scope | undefined): Scope | undefined {
  const types = key === 'trueType' || key === 'extendsType' ? inferredIn(node) : typesOf(node);
  const values = valuesOf(node);
  if (!types.length && !values.length) return outer;
  return { types: new Set(types), values: new Set(values), outer };
}

const BLOCK = /^(BlockStatement|StaticBlock|TSModuleBlock)$/;
const DECLARES_TYPE =
  /^(TS(InterfaceDeclaration|TypeAliasDeclaration|EnumDeclaration|ModuleDeclaration|ImportEqualsDeclaration)|ClassDeclaration)$/;

function typesOf(node: Node): string[] {
  const parameters = node['typeParameters'] as Node | null | undefined;
  const names = ((parameters?.['params'] as Node[] | undefined) ?? []).map(({ name }) => nameOf(name));
  if (node.type === 'TSMappedType') names.push(nameOf(node['key']));
  else if (node.type === 'ClassExpression' && node['id']) names.push(nameOf(node['id']));
  else if (BLOCK.test(node.type))
    for (const each of statementsOf(node))
      if (DECLARES_TYPE.test(each.type)) names.push(...boundNames(each['id'] as Node));
  return names;
}

function nameOf(id: unknown): string {
  return (id as Node)['name'] as string;
}

function statementsOf(block: Node): Node[] {
  return (block['body'] as Node[]).map((each) => (each['declaration'] as Node | null | undefined) ?? each);
}

function valuesOf(node: Node): string[] {
  const names = parametersOf(node).flatMap(boundNames);
  if (isFunction(node)) names.push(...varNames(childrenOf(node)));
  if (BLOCK.test(node.type)) {
    const statements = statementsOf(node);
    const others = statements.filter(({ type }) => /^TS(DeclareFunction|ImportEquals)/.test(type));
    names.push(...lexicalNames(statements), ...others.flatMap(({ id }) => boundNames(id as Node)));
    if (node.type !== 'BlockStatement') names.push(...varNames(statements));
  }
  const own = node['id'] as Node | null | undefined;
  switch (node.type) {
    case 'FunctionExpression':
    case 'ClassExpression':
      if (own) names.push(nameOf(own));
      break;
    case 'TSEnumDeclaration':
      for (const { id } of (node['body'] as Node)['members'] as Node[]) names.push(...boundNames(id as Node));
      break;
    case 'SwitchStatement':
      for (const { consequent } of node['cases'] as Node[]) names.push(...lexicalNames(consequent as Node[]));
      break;
    case 'ForStatement':
    case 'ForInStatement':
    case 'ForOfStatement':
      names.push(...lexicalNames([(node['init'] ?? node['left'] ?? node) as Node]));
      break;
    case 'CatchClause':
      if (node['param']) names.push(...boundNames(node['param'] as Node));
  }
  return names;
}

/** Of functions, signatures and function types. */
function parametersOf(node: Node): Node[] {
  return node.type.startsWith('TSTypeParameter')
    ? []
    : ((node['params'] ?? node['parameters'] ?? []) as Node[]);
}

/** Names after `infer` in the condition of a conditional type, those of conditions inside of it left out. */
function inferredIn(conditional: Node): string[] {
  const names: string[] = [];
  const visit = (node: Node): void => {
    if (node.type === 'TSInferType') names.push(nameOf((node['typeParameter'] as Node)['name']));
    for (const child of childrenOf(node))
      if (node.type !== 'TSConditionalType' || child !== node['extendsType']) visit(child);
  };
  visit(conditional['extendsType'] as Node);
  return names;
}
