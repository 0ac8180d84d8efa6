/** @file `npm run api [-- --check]`: writes docs/api/ from the docstrings of the library, or says what is out of date. */
import fs from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import prettier from 'prettier';
import { docOf, publicNames } from './api/declarations.mjs';
import { Failure, isMain, main, say } from './house/command.mjs';
import { root, short } from './house/paths.mjs';

const folder = path.join(root, 'docs', 'api');

/** Folder of lib/ → title of its page, in the order of the map. */
const PAGES = {
  core: 'Models, data and training',
  nn: 'Layers and optimizers',
  models: 'Recurrent models and translation',
  text: 'Text',
  plot: 'Figures',
  engine: 'Engine and devices',
  util: 'Files and random numbers',
};

const pageOf = ({ file }) => file.split('/')[1];
const anchor = (name) => name.toLowerCase().replace(/[^\w-]/g, '');
const firstSentence = (text) => /^[\s\S]*?[.:](?=\s|$)/.exec(text)?.[0].replaceAll('\n', ' ') ?? text;
const code = (text) => `\`\`\`ts\n${text}\n\`\`\``;
const cell = (text) => text.replaceAll('\n', ' ').replaceAll('|', '\\|');

/** A tag of a docstring as a line of a list. */
function tagLine({ tag, text }) {
  const flat = text.replaceAll('\n', ' ');
  if (tag === 'param') return flat.replace(/^(\w+)\s+(.*)$/, '- `$1`: $2');
  if (tag === 'returns') return `- returns ${flat}`;
  return `- throws ${flat}`;
}

function docText({ text, tags }) {
  const examples = tags.filter(({ tag }) => tag === 'example').map((tag) => code(tag.text));
  const lines = tags.filter(({ tag }) => ['param', 'returns', 'throws'].includes(tag)).map(tagLine);
  return [text, lines.join('\n'), ...examples].filter((part) => part !== '').join('\n\n');
}

function membersTable(entries, entry) {
  const rows = entry.members.flatMap((member) => {
    const found = docOf(entries, entry, member);
    const signature = member.signatures.join('\n').replace(/;$/gm, '');
    const tags = (found?.doc.tags ?? []).filter(({ tag }) => ['param', 'returns', 'throws'].includes(tag));
    const words = [found?.doc.text ?? '', ...tags.map((tag) => tagLine(tag).slice(2))]
      .filter(Boolean)
      .join(' · ');
    const from = found?.from === undefined ? '' : ` (as in ${found.from})`;
    return `| ${signature
      .split('\n')
      .map((line) => `\`${cell(line.replaceAll(/\s+/g, ' '))}\``)
      .join(' <br> ')} | ${cell(words)}${from} |`;
  });
  return rows.length === 0 ? '' : ['| member | |', '| --- | --- |', ...rows].join('\n');
}

function section(entries, entry) {
  const source = `[${entry.file}](../../${entry.file})`;
  const signatures = entry.signatures.join('\n');
  const parts = [
    `## ${entry.name}`,
    signatures === '' ? '' : code(signatures),
    docText(entry.doc ?? { text: '', tags: [] }),
    membersTable(entries, entry),
    `Source: ${source}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function index(entries) {
  const groups = Object.entries(PAGES).map(([page, title]) => {
    const lines = entries
      .filter((entry) => pageOf(entry) === page)
      .map(
        ({ name, doc }) => `- [\`${name}\`](${page}.md#${anchor(name)}): ${firstSentence(doc?.text ?? '')}`,
      );
    return `## [${title}](${page}.md)\n\n${lines.join('\n')}`;
  });
  const head =
    "# The library by name\n\nWritten by `npm run api` from the docstrings. In a cell: `import * as d2l from 'd2l-ts'`; layers are also found as `d2l.nn.Linear` and so on.";
  return [head, ...groups].join('\n\n');
}

/** The pages by file name. @returns {Promise<Map<string, string>>} */
export async function pages() {
  const entries = publicNames();
  // `nn.Linear` is `Linear` under PyTorch's name for it: one entry is enough.
  const twin = ({ name, file }) =>
    entries.some((other) => `nn.${other.name}` === name && other.file === file);
  const shown = entries.filter((entry) => !twin(entry));
  const texts = [['README.md', index(shown)]];
  for (const [page, title] of Object.entries(PAGES)) {
    const own = shown.filter((entry) => pageOf(entry) === page);
    texts.push([`${page}.md`, [`# ${title}`, ...own.map((entry) => section(entries, entry))].join('\n\n')]);
  }
  const options = await prettier.resolveConfig(path.join(folder, 'README.md'));
  const formatted = texts.map(async ([name, text]) => [
    name,
    await prettier.format(text, { ...options, parser: 'markdown' }),
  ]);
  return new Map(await Promise.all(formatted));
}

/** The pages that are not what the docstrings say. @returns {Promise<string[]>} */
export async function outdated() {
  return [...(await pages())].flatMap(([name, text]) => {
    const file = path.join(folder, name);
    return fs.existsSync(file) && fs.readFileSync(file, 'utf8') === text ? [] : [name];
  });
}

async function command() {
  const { values } = util.parseArgs({ options: { check: { type: 'boolean' } } });
  if (values.check) {
    const old = await outdated();
    if (old.length > 0)
      throw new Failure(`docs/api is out of date: ${old.join(', ')}`, 'npm run api writes it');
    return say('✔ docs/api is up to date');
  }
  fs.mkdirSync(folder, { recursive: true });
  const texts = await pages();
  for (const [name, text] of texts) fs.writeFileSync(path.join(folder, name), text);
  say(`✔ ${texts.size} pages in ${short(folder)}`);
  return 0;
}

if (isMain(import.meta.url)) await main(command);
