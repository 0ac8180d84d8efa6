/** @file Documentation comments: above a declaration, and above the members of an object, for types that lose them. */
import { parseStatements } from './mentions.js';
import { childrenOf, type Node } from '../language/tree.js';

export interface Comment {
  type: string;
  value: string;
  start: number;
  end: number;
}

/** Comments of an object's members by name, with those of the objects in it. */
export type MemberDocs = ReadonlyMap<string, { doc: string; members: MemberDocs | undefined }>;

/** The documentation comment that ends right above a place, or nothing. */
export function docAbove(source: string, comments: readonly Comment[], at: number): string {
  const doc = comments.findLast(({ end }) => end <= at && !source.slice(end, at).trim());
  return doc?.type === 'Block' && doc.value.startsWith('*') ? `/*${doc.value}*/ ` : '';
}

export function memberDocs(
  source: string,
  comments: readonly Comment[],
  value: Node,
): MemberDocs | undefined {
  if (value.type !== 'ObjectExpression' || !comments.length) return undefined;
  const found = new Map<string, { doc: string; members: MemberDocs | undefined }>();
  for (const property of value['properties'] as Node[]) {
    if (property.type !== 'Property') continue;
    const doc = docAbove(source, comments, property.start);
    const members = memberDocs(source, comments, property['value'] as Node);
    if (doc || members) found.set(nameOf(property['key'] as Node), { doc, members });
  }
  return found.size ? found : undefined;
}

function nameOf(key: Node): string {
  return String(key['name'] ?? key['value']);
}

/** A declaration of an object's type, with the comments put where the type lost them. */
export function documented(declaration: string, docs: MemberDocs | undefined): string {
  if (!docs) return declaration;
  const places: [number, string][] = [];
  for (const node of parseStatements(declaration)) {
    const literal = find(node);
    if (literal) place(literal, docs, places);
  }
  let out = '';
  let at = 0;
  for (const [start, doc] of places) {
    out += `${declaration.slice(at, start)}\n${doc}`; // a comment in the line of a bracket is not its neighbour's
    at = start;
  }
  return out + declaration.slice(at);
}

function find(node: Node): Node | undefined {
  if (node.type === 'TSTypeLiteral') return node;
  for (const child of childrenOf(node)) {
    const found = find(child);
    if (found) return found;
  }
  return undefined;
}

function place(literal: Node, docs: MemberDocs, places: [number, string][]): void {
  for (const member of literal['members'] as Node[]) {
    const key = member['key'] as Node | undefined;
    const known = key && docs.get(nameOf(key));
    if (!known) continue;
    if (known.doc) places.push([member.start, known.doc]);
    const annotation = member['typeAnnotation'] as Node | undefined;
    const type = annotation?.['typeAnnotation'] as Node | undefined;
    if (known.members && type?.type === 'TSTypeLiteral') place(type, known.members, places);
  }
}
