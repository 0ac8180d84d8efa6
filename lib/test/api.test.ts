import assert from 'node:assert/strict';
import { test } from 'node:test';

interface Doc {
  text: string;
}
interface Member {
  name: string;
  signatures: string[];
  doc?: Doc;
}
interface Entry {
  name: string;
  kind: string;
  file: string;
  doc?: Doc;
  members: Member[];
}

const script = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../../scripts/${name}`, import.meta.url).href)) as T;
const { publicNames, docOf } = await script<{
  publicNames(this: void): Entry[];
  docOf(this: void, entries: Entry[], entry: Entry, member: Member): { doc: Doc } | undefined;
}>('api/declarations.mjs');
const entries = publicNames();

test('every public name has a docstring that is a sentence', () => {
  assert.ok(entries.length > 150);
  const bare = entries.filter(({ doc }) => !/^\S[\s\S]{8,}[.:)`]$/m.test(doc?.text ?? ''));
  assert.deepEqual(
    bare.map(({ name, file }) => `${name} in ${file}`),
    [],
  );
});

test('every public method has a docstring, its own or that of the class or interface it comes from', () => {
  const isMethod = ({ name, signatures }: Member): boolean =>
    !['constructor', 'toString'].includes(name) &&
    /^(get |async )?[\w$]+[(<]|^get /.test(signatures[0] ?? '');
  const methods = entries.flatMap((entry) =>
    entry.members.filter(isMethod).map((member) => ({ entry, member })),
  );
  assert.ok(methods.length > 80);
  const bare = methods.filter(({ entry, member }) => docOf(entries, entry, member) === undefined);
  assert.deepEqual(
    bare.map(({ entry, member }) => `${entry.name}.${member.name} in ${entry.file}`),
    [],
  );
});

test('every name of the library at run time has its place in the pages', async () => {
  const names = new Set(entries.map(({ name }) => name));
  const { nn, ...exports } = (await import('../index.js')) as unknown as Record<string, object>;
  const all = [...Object.keys(exports), ...Object.keys(nn ?? {}).map((name) => `nn.${name}`)];
  assert.deepEqual(
    all.filter((name) => !names.has(name)),
    [],
  );
});

test('the pages in docs/api are what the docstrings say now', async () => {
  const { outdated } = await script<{ outdated(this: void): Promise<string[]> }>('api.mjs');
  assert.deepEqual(await outdated(), [], 'npm run api writes them');
});
