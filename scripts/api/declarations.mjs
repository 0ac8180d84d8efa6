/** @file Reads the public names of the library and their docstrings from the declarations that the build writes. */
import fs from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { root } from '../house/paths.mjs';

const dist = path.join(root, 'dist', 'lib');

/**
 * @typedef {object} Member
 * @property {string} name
 * @property {string[]} signatures
 * @property {Doc | undefined} doc
 */
/**
 * @typedef {object} Entry
 * @property {string} name
 * @property {'class' | 'interface' | 'type' | 'function' | 'const' | 'namespace'} kind
 * @property {string} file the source, from the project's folder
 * @property {string[]} signatures
 * @property {Doc | undefined} doc
 * @property {string[]} bases the class it extends and the interfaces it implements
 * @property {Member[]} members
 */
/** @typedef {{ text: string, tags: { tag: string, text: string }[] }} Doc */

/** The text and the tags of a docstring. */
function parseDoc(comment) {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  const [text, ...tags] = lines
    .join('\n')
    .trim()
    .split(/(?:^|\s)@(?=(?:param|returns|throws|example|internal|file)\b)/);
  return {
    text: text.trim(),
    tags: tags.map((tag) => {
      const [, name, rest] = /^(\w+)\s*([\s\S]*)$/.exec(tag);
      return { tag: name, text: rest.trim() };
    }),
  };
}

/** A file of declarations: its statements, and the comment that stands right before a node. */
class Declarations {
  constructor(file) {
    this.file = file;
    this.source = fs.readFileSync(file, 'utf8');
    const { program, comments } = parseSync(file, this.source);
    this.body = program.body;
    this.comments = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'));
  }

  doc(node) {
    const before = this.comments.findLast((comment) => comment.end <= node.start);
    if (before === undefined || this.source.slice(before.end, node.start).trim() !== '') return undefined;
    return parseDoc(before.value.slice(1));
  }

  text(from, to) {
    return this.source.slice(from, to).trim();
  }

  /** The file that an import of this one names. */
  resolve(specifier) {
    return path.join(path.dirname(this.file), specifier.replace(/\.js$/, '.d.ts'));
  }
}

const cache = new Map();
function read(file) {
  if (!cache.has(file)) cache.set(file, new Declarations(file));
  return cache.get(file);
}

/** All names that a file exports, those of files it passes on included. @returns {Map<string, Entry>} */
function exportsOf(file) {
  const declarations = read(file);
  const entries = new Map();
  const add = (entry) => {
    const known = entries.get(entry.name);
    if (known === undefined) entries.set(entry.name, entry);
    else if (known.kind === entry.kind) known.signatures.push(...entry.signatures); // an overload
  };
  for (const node of declarations.body) {
    if (node.type === 'ExportAllDeclaration') passOn(declarations, node).forEach(add);
    else if (node.type === 'ExportNamedDeclaration') named(declarations, node).forEach(add);
  }
  return entries;
}

function passOn(declarations, node) {
  const passed = [...exportsOf(declarations.resolve(node.source.value)).values()];
  if (node.exported === null) return passed;
  const prefix = node.exported.name;
  return passed.map((entry) => ({ ...entry, name: `${prefix}.${entry.name}` }));
}

function named(declarations, node) {
  if (node.source !== null) {
    const all = exportsOf(declarations.resolve(node.source.value));
    return node.specifiers.map(({ local }) => all.get(local.name));
  }
  if (node.declaration === null) {
    return node.specifiers.map(({ local, exported }) =>
      imported(declarations, node, local.name, exported.name),
    );
  }
  return declared(declarations, node);
}

/** A name that was imported first: from a file of ours, or a whole package. */
function imported(declarations, node, local, name) {
  const source = declarations.body.find(
    ({ type, specifiers }) =>
      type === 'ImportDeclaration' && specifiers.some((specifier) => specifier.local.name === local),
  )?.source.value;
  const entry = source?.startsWith('.') && exportsOf(declarations.resolve(source)).get(local);
  if (entry) return entry;
  return { ...shell(declarations, name, 'namespace'), doc: declarations.doc(node) };
}

function shell({ file }, name, kind) {
  const source = path
    .relative(dist, file)
    .replaceAll(path.sep, '/')
    .replace(/\.d\.ts$/, '.ts');
  return { name, kind, file: `lib/${source}`, signatures: [], doc: undefined, bases: [], members: [] };
}

const KINDS = {
  ClassDeclaration: 'class',
  TSInterfaceDeclaration: 'interface',
  TSTypeAliasDeclaration: 'type',
  TSDeclareFunction: 'function',
  FunctionDeclaration: 'function',
  VariableDeclaration: 'const',
};

function declared(declarations, node) {
  const { declaration } = node;
  const kind = KINDS[declaration.type];
  const name = (declaration.id ?? declaration.declarations[0].id).name;
  const end = declaration.body?.type.endsWith('Body') ? declaration.body.start : node.end;
  const signature = declarations.text(declaration.start, end).replace(/^declare /, '');
  return [
    {
      ...shell(declarations, name, kind),
      doc: declarations.doc(node),
      signatures: [signature],
      bases: [
        declaration.superClass,
        ...(declaration.implements ?? []).map(({ expression }) => expression),
      ].flatMap((base) => base?.name ?? []),
      members: kind === 'class' || kind === 'interface' ? membersOf(declarations, declaration.body.body) : [],
    },
  ];
}

/** The public members; overloads and the two halves of an accessor are one. */
function membersOf(declarations, nodes) {
  const members = new Map();
  for (const node of nodes) {
    const name = nameOf(node);
    if (name === undefined || /protected|private/.test(node.accessibility ?? '')) continue;
    const doc = declarations.doc(node);
    if (doc?.tags.some(({ tag }) => tag === 'internal')) continue;
    const signature = declarations.text(node.start, node.end);
    const known = members.get(name);
    if (known === undefined) members.set(name, { name, signatures: [signature], doc });
    else known.signatures.push(signature);
  }
  return [...members.values()];
}

function nameOf(node) {
  if (node.computed || node.key?.type === 'PrivateIdentifier') return undefined;
  return node.key?.name ?? node.key?.value;
}

/** The public names of the library, in alphabetic order; @internal ones are left out. @returns {Entry[]} */
export function publicNames() {
  cache.clear();
  return [...exportsOf(path.join(dist, 'index.d.ts')).values()]
    .filter(({ doc }) => !doc?.tags.some(({ tag }) => tag === 'internal'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What the constructor says of the argument that a field keeps: by itself, or through an interface of options. */
function argumentDoc(entries, entry, { name }) {
  const maker = entry.members.find((member) => member.name === 'constructor');
  if (maker === undefined) return undefined;
  const words = maker.doc?.tags
    .filter(({ tag }) => tag === 'param')
    .map(({ text }) => /^(\w+)\s+([\s\S]*)$/.exec(text))
    .find((match) => match?.[1] === name)?.[2];
  if (words !== undefined) return { text: words[0].toUpperCase() + words.slice(1), tags: [] };
  const [options] = /\b\w+Options\b/.exec(maker.signatures.join()) ?? [];
  const from = entries.find((other) => other.name === options);
  return from?.members.find((member) => member.name === name)?.doc;
}

/** A member's own doc, what the constructor says of it, or the doc of the member of its bases that it replaces. */
export function docOf(entries, entry, member) {
  const own = member.doc ?? argumentDoc(entries, entry, member);
  if (own !== undefined) return { doc: own, from: undefined };
  for (const base of entry.bases) {
    const from = entries.find(({ name }) => name === base);
    const same = from?.members.find(({ name }) => name === member.name) ?? { name: member.name };
    const found = from && docOf(entries, from, same);
    if (found !== undefined) return { doc: found.doc, from: found.from ?? from.name };
  }
  return undefined;
}
