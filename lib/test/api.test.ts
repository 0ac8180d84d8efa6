import assert from 'node:assert/strict';
import { test } from 'node:test';

interface Doc {
  text: string;
  tags: { tag: string; text: string }[];
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
  signatures: string[];
  doc?: Doc;
  members: Member[];
}

const script = async <T>(name: string): Promise<T> =>
  (await import(new URL(`../../../scripts/${name}`, import.meta.url).href)) as T;
const { publicNames, docOf } = await script<{
  publicNames(this: void): Entry[];
  docOf(this: void, entries: Entry[], entry: Entry, member: Member): { doc: Doc } | undefined;
}>('api/declarations.mjs');
const { throwers } = await script<{ throwers(this: void, file: string): string[] }>('api/throws.mjs');
const entries = publicNames();

/** A name, or `Class.member`, with all that its docstring says. */
interface Documented {
  name: string;
  file: string;
  signatures: string;
  doc: Doc | undefined;
  isField: boolean;
}

const isMethod = ({ signatures }: Member): boolean =>
  /^(get |async )?[\w$]+[(<]|^get /.test(signatures[0] ?? '');

/** Everything public, twice where it has two names, members included but `toString`. */
const all: Documented[] = entries.flatMap((entry) => [
  { name: entry.name, file: entry.file, signatures: signaturesOf(entry), doc: entry.doc, isField: false },
  ...entry.members
    .filter(({ name }) => name !== 'toString')
    .map((member) => ({
      name: `${entry.name}.${member.name}`,
      file: entry.file,
      signatures: member.signatures.join('; '),
      doc: docOf(entries, entry, member)?.doc,
      isField: !isMethod(member),
    })),
]);

/** Those of a function; of a class only its head, since its members have their own. */
function signaturesOf({ kind, signatures }: Entry): string {
  return kind === 'function' || kind === 'const' ? signatures.join('; ') : '';
}

const words = ({ doc }: Documented): string =>
  doc === undefined ? '' : [doc.text, ...doc.tags.map(({ text }) => text)].join(' ');

const named = (found: Documented[]): string[] => found.map(({ name, file }) => `${name} in ${file}`);

/** The folders of lib/ whose names the book has too. */
const inFolders = ({ file }: Documented, ...folders: string[]): boolean =>
  folders.includes(file.split('/')[1] ?? '');

test('every public name has a docstring that is a sentence', () => {
  assert.ok(entries.length > 150);
  const bare = entries.filter(({ doc }) => !/^\S[\s\S]{8,}[.:)`]$/m.test(doc?.text ?? ''));
  assert.deepEqual(
    bare.map(({ name, file }) => `${name} in ${file}`),
    [],
  );
});

test('every public method and field has a docstring, its own or that of what it comes from', () => {
  const speak = all.filter(({ name }) => /\.(?!constructor$)\w+$/.test(name.replace(/^nn\./, '')));
  const bare = speak.filter(({ doc }) => doc === undefined);
  assert.ok(speak.length > 250);
  assert.deepEqual(
    named(bare.filter((each) => !each.isField || inFolders(each, 'core', 'nn', 'models', 'text'))),
    [],
  );
});

test('whatever takes or gives tensors says their shape', () => {
  const tensors = /\b(Tensor(\dD)?|Scalar|Parameter|Batch)\b/;
  const shape = /`[^`]*[([][^`]*[)\]][^`]*`|element by element|scalar|shape/;
  const about = all.filter(
    (each) =>
      tensors.test(each.signatures) && !each.name.endsWith('.constructor') && !/^tf\b/.test(each.name),
  );
  assert.ok(about.length > 100);
  assert.deepEqual(named(about.filter((each) => !shape.test(words(each)))), []);
});

test('whatever throws says when', () => {
  const silent = all.filter((each) => {
    const bare = each.name.replace(/^nn\./, '');
    const tags = each.doc?.tags ?? [];
    return throwers(each.file).includes(bare) && !tags.some(({ tag }) => tag === 'throws');
  });
  assert.ok(throwers('lib/core/trainer.ts').includes('Trainer.save'));
  assert.deepEqual(named(silent), []);
});

test('models, layers, losses and data name their source: a section of the book, a paper, or PyTorch', () => {
  const source = /d2l section|\d{4}\b|PyTorch|beyond the book/;
  const makers = entries
    .filter(({ kind }) => kind === 'class' || kind === 'function')
    .filter(({ file }) => !['lib/core/ops.ts', 'lib/core/tensor.ts'].includes(file))
    .map(({ name }) => all.find((each) => each.name === name) as Documented)
    .filter((each) => inFolders(each, 'core', 'nn', 'models', 'text'));
  assert.ok(makers.length > 45);
  assert.deepEqual(named(makers.filter((each) => !source.test(words(each)))), []);
});

test('every name of the library at run time has its place in the pages', async () => {
  const names = new Set(entries.map(({ name }) => name));
  const { nn, ...exports } = (await import('../index.js')) as unknown as Record<string, object>;
  const running = [...Object.keys(exports), ...Object.keys(nn ?? {}).map((name) => `nn.${name}`)];
  assert.deepEqual(
    running.filter((name) => !names.has(name)),
    [],
  );
});

test('the pages in docs/api are what the docstrings say now', async () => {
  const { outdated } = await script<{ outdated(this: void): Promise<string[]> }>('api.mjs');
  assert.deepEqual(await outdated(), [], 'npm run api writes them');
});
