/** @file `declare global { … }` and `declare module 'x' { … }`: what a cell adds to the language or to a module. */
import { propertiesOf, type Node } from '../language/tree.js';

/** One added member or declaration, as a block of its own; `key` says of what it is, so that it can be replaced. */
export interface Augmentation {
  key: string;
  text: string;
}

export function augmentationsOf(source: string, block: Node): Augmentation[] {
  const id = block['id'] as Node;
  const head = id.type === 'Literal' ? `declare module ${source.slice(id.start, id.end)}` : 'declare global';
  const body = block['body'] as Node | null;
  if (!body) return [{ key: head, text: head }];
  const found = new Map<string, string>();
  const add = (key: string, text: string): void => {
    found.set(`${head} ${key}`, [found.get(`${head} ${key}`), text].filter(Boolean).join('; '));
  };
  for (const node of body['body'] as Node[]) {
    const declaration = (node['declaration'] as Node | null | undefined) ?? node;
    if (declaration.type === 'TSInterfaceDeclaration') members(source, node, declaration, add);
    else add(nameOf(source, declaration), source.slice(node.start, node.end));
  }
  return [...found].map(([key, text]) => ({ key, text: `${head} { ${text} }` }));
}

/** The compiler looks for a module that is added to only where the file imports it too. */
export function importsFor(augmentations: readonly { text: string }[]): string[] {
  const modules = augmentations.map(({ text }) => /^declare module ((["']).*?\2)/.exec(text)?.[1]);
  return [...new Set(modules)].flatMap((name) => (name ? [`import type {} from ${name}`] : []));
}

/** Each member by itself: another cell may add others, or the same one anew. */
function members(
  source: string,
  node: Node,
  declaration: Node,
  add: (key: string, text: string) => void,
): void {
  const body = declaration['body'] as Node;
  const head = source.slice(node.start, body.start);
  const name = source.slice((declaration['id'] as Node).start, (declaration['id'] as Node).end);
  const bases = declaration['extends'] as Node[] | undefined;
  for (const member of body['body'] as Node[]) {
    const key = member['key'] as Node | undefined;
    const own = key ? source.slice(key.start, key.end) : member.type;
    add(`${name}.${own}`, `${head} { ${source.slice(member.start, member.end)} }`);
  }
  if (!(body['body'] as Node[]).length || bases?.length) add(`${name}.`, `${head} {}`);
}

function nameOf(source: string, declaration: Node): string {
  const [declarator] = (declaration['declarations'] as Node[] | undefined) ?? [declaration];
  for (const [key, child] of propertiesOf(declarator!))
    if (key === 'id') return source.slice(child.start, child.end).replace(/:.*/s, '');
  return source.slice(declaration.start, declaration.end);
}
