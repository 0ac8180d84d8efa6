/**
 * @file What is TypeScript's (or too new for Node) and does not go away with the types, written so that the compiler
 * need only strip them: namespaces, whose parts share names; `using` at the top of a cell, which ends with the cell.
 */
import MagicString from 'magic-string';
import { assign } from './assignments.js';
import { type Reference, referencesTo } from './references.js';
import {
  boundNames,
  declaratorsOf,
  isUsing,
  lexicalNames,
  type Node,
  varNames,
  withoutExport,
} from './tree.js';

/** @param link the name of the runner's link in a cell's text; @returns the text, with a source map where it has changed */
export function lower(
  source: string,
  body: readonly Node[],
  link?: string,
): { code: string; maps: string[] } {
  const text = new MagicString(source);
  for (const node of body) if (link && isUsing(node)) bindToCell(text, node, link);
  new Namespaces(source, text).list(body);
  if (!text.hasChanged()) return { code: source, maps: [] };
  const map = text.generateMap({ hires: 'boundary', source: 'cell.ts', includeContent: false });
  return { code: text.toString(), maps: [map.toString()] };
}

/** `using x = f()` → `const x = __d2l.using(f())`: the runner disposes of it when the cell has ended. */
function bindToCell(text: MagicString, node: Node, link: string): void {
  const declarators = declaratorsOf(node);
  text.update(node.start, declarators[0]!.start, 'const ');
  const rest = node['kind'] === 'await using' ? ', true' : '';
  for (const { init } of declarators)
    text.appendLeft(init!.start, `${link}.using(`).appendLeft(init!.end, `${rest})`);
}

/** One part of a namespace, `namespace A.B { … }`, with what it exports. */
interface Part {
  path: string[];
  block: Node;
  exported: Set<string>;
}

class Namespaces {
  constructor(
    private readonly source: string,
    private readonly text: MagicString,
  ) {}

  /** Writes the namespaces of a list of statements. @param around the parameter of the namespace they stand in */
  list(statements: readonly Node[], around = ''): void {
    const others = statements.map(withoutExport).filter((node) => !isNamespace(node));
    const declared = new Set(lexicalNames(others));
    const parts: Part[] = [];
    for (const statement of statements) {
      const node = withoutExport(statement);
      if (!isNamespace(node)) continue;
      if (!hasValues(node)) {
        this.#erase(statement);
        continue;
      }
      const { path, block } = partsOf(node);
      const isExported = statement !== node;
      const { head, tail } = this.#frame(path, !declared.has(path[0]!), isExported ? around : '');
      const export_ = isExported && !around && !declared.has(path[0]!) ? 'export ' : '';
      declared.add(path[0]!);
      this.text.update(statement.start, block.start + 1, export_ + head);
      this.text.update(block.end - 1, block.end, tail);
      parts.push({ path, block, exported: this.#block(block, this.#parameter(path.at(-1)!)) });
    }
    for (const part of parts) this.#share(part, parts);
  }

  /** What stands before and after a part's statements. */
  #frame(path: readonly string[], isFirst: boolean, around: string): { head: string; tail: string } {
    let head = '';
    let tail = '';
    let outer = around;
    path.forEach((name, depth) => {
      const property = outer && `${outer}.${name}`;
      head += `${depth || isFirst ? `let ${name}` : ''};(function (${this.#parameter(name)}) {`;
      tail = `})(${property ? `${name} = ${property} || (${property} = {})` : `${name} || (${name} = {})`});${tail}`;
      outer = this.#parameter(name);
    });
    return { head, tail };
  }

  /** A part's own statements. @returns the names it exports */
  #block(block: Node, parameter: string): Set<string> {
    const statements = block['body'] as Node[];
    const exported = new Set<string>();
    const variables = new Set<string>();
    const place = (name: string): string => `${parameter}.${name}`;
    for (const statement of statements) {
      const node = withoutExport(statement);
      if (statement.type !== 'ExportNamedDeclaration' || isNamespace(node)) {
        if (statement !== node) exported.add(partsOf(node).path[0]!);
        continue;
      }
      if (node['declare'] || /^TS(Interface|TypeAlias|Declare)/.test(node.type)) this.#erase(statement);
      else if (node.type === 'VariableDeclaration') {
        this.text.remove(statement.start, node.start);
        assign(this.text, node, place, 'statement');
        for (const name of lexicalNames([node]).concat(varNames([node]))) variables.add(name);
      } else if (node.type === 'TSImportEqualsDeclaration') {
        const [name] = boundNames(node['id'] as Node) as [string];
        variables.add(name);
        const from = node['moduleReference'] as Node;
        this.text.update(statement.start, from.start, `${place(name)} = `);
      } else {
        const [name] = boundNames(node['id'] as Node) as [string];
        exported.add(name);
        this.text.remove(statement.start, node.start);
        this.text.appendLeft(node.end, ` ${place(name)} = ${name};`);
      }
    }
    this.list(statements, parameter);
    this.#refer(referencesTo(statements, variables), place);
    return new Set([...exported, ...variables]);
  }

  /** A part sees what the other parts of its namespace, and of those around it, export. */
  #share(part: Part, parts: readonly Part[]): void {
    const statements = part.block['body'] as Node[];
    const hidden = new Set([...part.exported, ...lexicalNames(statements), ...varNames(statements)]);
    for (let depth = part.path.length; depth > 0; depth--) {
      const inside = part.path.slice(0, depth).join('.');
      const names = parts.flatMap(({ path, exported }) => {
        if (path.slice(0, depth).join('.') !== inside) return [];
        return path.length === depth ? [...exported] : [path[depth]!];
      });
      const wanted = new Set(names.filter((name) => !hidden.has(name)));
      const parameter = this.#parameter(part.path[depth - 1]!);
      this.#refer(referencesTo(statements, wanted), (name) => `${parameter}.${name}`);
      for (const name of wanted) hidden.add(name);
    }
  }

  #refer(references: readonly Reference[], place: (name: string) => string): void {
    for (const { name, start, end, isShorthand } of references)
      this.text.update(start, end, isShorthand ? `${name}: ${place(name)}` : place(name));
  }

  #erase({ start, end }: Node): void {
    this.text.update(start, end, ';');
  }

  /** What a part calls the namespace: a name that the text does not have. */
  #parameter(name: string): string {
    let parameter = `_${name}`;
    while (this.source.includes(parameter)) parameter = `_${parameter}`;
    return parameter;
  }
}

function isNamespace(node: Node): boolean {
  return (
    node.type === 'TSModuleDeclaration' &&
    !node['declare'] &&
    node['kind'] !== 'global' &&
    node['body'] !== null
  );
}

/** Whether something of a namespace is there at run time. */
function hasValues(namespace: Node): boolean {
  return (((namespace['body'] as Node)['body'] as Node[] | undefined) ?? []).some((statement) => {
    const node = withoutExport(statement);
    if (node.type === 'TSModuleDeclaration') return isNamespace(node) && hasValues(node);
    return (
      !node['declare'] && !/^TS(Interface|TypeAlias|Declare)/.test(node.type) && node['importKind'] !== 'type'
    );
  });
}

/** `namespace A.B.C { … }`: its names from the outermost, and its block. */
function partsOf(namespace: Node): { path: string[]; block: Node } {
  const names = (id: Node): string[] =>
    id.type === 'TSQualifiedName'
      ? [...names(id['left'] as Node), ...names(id['right'] as Node)]
      : boundNames(id);
  return { path: names(namespace['id'] as Node), block: namespace['body'] as Node };
}
