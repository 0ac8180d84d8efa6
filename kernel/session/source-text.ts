/** @file The text of a declaration in a file, for those who want to see how something is made. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE } from '../package.js';
import { parseStatements } from './mentions.js';
import { childrenOf, type Node } from '../language/tree.js';

/** Longer ones are cut. */
const LINES = 200;

/** @param parent the class or interface that the name is a member of */
export function sourceText(file: string, name: string, parent: string | undefined): string | undefined {
  const path = originalOf(file);
  return existsSync(path) ? find(readFileSync(path, 'utf8'), name, parent) : undefined;
}

/** The text of a member in the text of its class or interface. */
export function memberSource(text: string, name: string, parent: string): string {
  return find(text, name, parent) ?? text;
}

function find(text: string, name: string, parent: string | undefined): string | undefined {
  const found = parseStatements(text).flatMap((node) => search(node, name, parent));
  if (!found.length) return undefined;
  const lines = found
    .map(({ start, end }) => dedent(text, start, end))
    .join('\n')
    .split('\n');
  return lines.length > LINES ? [...lines.slice(0, LINES), '…'].join('\n') : lines.join('\n');
}

/** The library's own text lies beside what is compiled of it. */
function originalOf(file: string): string {
  const compiled = join(PACKAGE, 'dist', 'lib');
  if (!file.startsWith(compiled)) return file;
  const original = join(PACKAGE, 'lib', file.slice(compiled.length)).replace(/\.d\.ts$/, '.ts');
  return existsSync(original) ? original : file;
}

function search(node: Node, name: string, parent: string | undefined): Node[] {
  const own = nameOf(node);
  if (parent === undefined && own === name) return [node];
  if (parent !== undefined && own === parent)
    return [...below(node)].flatMap((child) => search(child, name, undefined));
  if (node.type === 'VariableDeclaration') {
    const declares = (node['declarations'] as Node[]).some((each) => nameOf(each) === name);
    return declares && parent === undefined ? [node] : [];
  }
  return CONTAINER.test(node.type) ? [...below(node)].flatMap((child) => search(child, name, parent)) : [];
}

const CONTAINER = /^(Export|TSModule|TSInterfaceBody|ClassBody|TSTypeLiteral|TSGlobal)/;

function* below(node: Node): Generator<Node> {
  for (const child of childrenOf(node)) {
    if (/^(ClassBody|TSInterfaceBody|TSModuleBlock|TSTypeLiteral)$/.test(child.type)) yield* below(child);
    else yield child;
  }
}

function nameOf(node: Node): string | undefined {
  const id = (node['id'] ?? node['key']) as { name?: string; value?: string } | null | undefined;
  return id?.name ?? id?.value;
}

/** Without the indentation that its place gave it. */
function dedent(text: string, start: number, end: number): string {
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', start - 1) + 1, start))![0];
  return text.slice(start, end).replaceAll(`\n${indent}`, '\n');
}
