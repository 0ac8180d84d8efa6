/**
 * @file Types that a later cell cannot name: interfaces that a module keeps to itself, or that a function does. The
 * compiler writes them by a name that means nothing there, or another type. Their declarations are kept as they were
 * written, and the compiler infers them anew.
 */
import { identifiers } from './binding.js';
import type { Visible } from './composer.js';
import { declarationText } from './declaration-text.js';
import { type Declared, FUNCTION, localTypes } from './declarations.js';
import { references } from './mentions.js';

/** Whether a name means something where cells are read. */
export type Resolves = (name: string) => Promise<boolean>;

const KEYWORD =
  /^(any|bigint|boolean|declare|const|let|function|false|never|null|number|object|readonly|string|symbol|true|undefined|unknown|void)$/;

/** Declarations whose types have no text, each as it is kept instead. */
export async function nameless(
  source: string,
  types: ReadonlyMap<Declared, string>,
  visible: Visible,
  resolves: Resolves,
): Promise<Map<Declared, Declared>> {
  const found = new Map<Declared, Declared>();
  const local = new Set(localTypes(source).map(({ name }) => name));
  const isClear = (name: string): boolean => KEYWORD.test(name) || visible.has(name) !== local.has(name);
  for (const [item, type] of types) {
    if ([...identifiers(type)].every(isClear)) continue;
    const text = declarationText(item, type);
    const mentioned = new Set(references(text).map(({ name }) => name));
    for (const name of mentioned) {
      if (name === item.name || isClear(name)) continue;
      if (!local.has(name) && (await resolves(name))) continue;
      found.set(item, { ...item, kind: 'source', text: anew(item), shown: text });
      break;
    }
  }
  return found;
}

/** The declaration with its value, for the compiler to look at again. */
function anew({ name, text, source }: Declared): string {
  if (text === FUNCTION) return source;
  const isAsync = /\bawait\b/.test(source);
  const body = `{ ${source}\n; return ${name} }`;
  return `${text.replace('declare ', '')} ${name} = ${isAsync ? 'await (async' : '('} () => ${body})()`;
}
