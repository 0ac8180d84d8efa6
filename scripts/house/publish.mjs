/** @file The notebooks as HTML files that need no network, and a list of them: what slides and pages share. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import util from 'node:util';
import { Failure, say, seconds, step } from './command.mjs';
import { venvEnvironment } from './environment.mjs';
import { embedPictures, inline, relink } from './inline.mjs';
import { checkNode, installNodeModules, walk } from './node.mjs';
import { root, short, venvPython } from './paths.mjs';
import { installPinned, makeVenv } from './python.mjs';

const notebooks = path.join(root, 'notebooks');

/**
 * Reads the command line, converts the notebooks, and writes them with their list into one folder.
 * @param {{template: string, folder: string, title: string, about: string, help: string}} kind
 */
export async function publish(kind) {
  const { values, positionals } = util.parseArgs({
    allowPositionals: true,
    options: { from: { type: 'string' }, out: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return say(kind.help);
  const from = path.resolve(values.from ?? notebooks);
  const files = chosen(from, positionals[0] ?? '');
  const out = path.resolve(values.out ?? path.join(root, 'artifacts', kind.folder));
  checkNode();
  await installNodeModules();
  await makeVenv();
  await installPinned('lab', 'JupyterLab (about 60 MB to download)');
  const began = Date.now();
  fs.mkdirSync(out, { recursive: true });
  // What nbconvert writes is not yet whole: it must not lie where a reader would open it.
  const bare = fs.mkdtempSync(path.join(os.tmpdir(), 'd2l-publish-'));
  let made;
  try {
    made = await convert(kind.template, files, bare);
    const names = made.map(({ name }) => name);
    for (const name of names) finish(`${name}.html`, bare, out, { names, folders: [from, notebooks] });
  } finally {
    fs.rmSync(bare, { recursive: true, force: true });
  }
  fs.writeFileSync(path.join(out, 'index.html'), contents(kind, made));
  say(`✔ ${made.length} notebooks in ${seconds(began)}: open ${short(path.join(out, 'index.html'))}`);
  return 0;
}

function chosen(folder, pattern) {
  const files = walk(folder, '.ipynb').filter(
    (file) => path.dirname(file) === folder && path.basename(file).includes(pattern),
  );
  if (files.length > 0) return files;
  throw new Failure(
    `no notebook in ${short(folder)} has "${pattern}" in its name`,
    `ls ${short(folder)} lists them`,
  );
}

async function convert(template, files, out) {
  const script = path.join(root, 'scripts', 'house', 'convert.py');
  const output = await step(
    `${template} of ${files.length} notebooks`,
    venvPython,
    [script, template, out, ...files],
    {
      env: venvEnvironment(),
      log: template,
    },
  );
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line));
}

function finish(file, bare, out, { names, folders }) {
  const html = inline(embedPictures(relink(fs.readFileSync(path.join(bare, file), 'utf8'), names), folders));
  fs.writeFileSync(path.join(out, file), html);
  say(`  ${file} (${(html.length / 1e6).toFixed(1)} MB)`);
}

function contents({ title, about }, made) {
  const template = fs.readFileSync(path.join(notebooks, 'template', 'contents.html'), 'utf8');
  const items = made.map(
    (one) =>
      `<li><a href="${one.name}.html"><b>${escape(one.title)}</b><span>${escape(one.about)}</span></a></li>`,
  );
  const words = { title, about, items: items.join('\n') };
  return inline(template).replace(/\{\{(\w+)\}\}/g, (_, name) => words[name]);
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
