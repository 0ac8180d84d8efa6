/** @file `npm test`: set-up, then types, lint, format, unit tests, Python tests, browser tests. */
import fs from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { Failure, isMain, main, say, seconds, start, stopSignal } from './house/command.mjs';
import { venvEnvironment } from './house/environment.mjs';
import { checkNode, installNodeModules, sourceOf, walk } from './house/node.mjs';
import { root, venvPython } from './house/paths.mjs';
import { setup } from './setup.mjs';

const HELP = `npm test [-- [pattern] [--only stage,stage]]
  pattern  only the test files with this in their path (types, lint and format are left out)
  --only   of: types, lint, format, unit, python, lab`;

const bin = (name, file) => path.join(root, 'node_modules', name, file);
const CODE = ['kernel', 'lib', 'test', 'bench', 'scripts'];

/** name → what it is, and the command and arguments that run it for the files that match. */
const STAGES = {
  types: {
    about: 'types',
    command: () => node(bin('typescript', 'bin/tsc'), '-p', 'tsconfig.json', '--noEmit'),
  },
  lint: {
    about: 'lint',
    command: () =>
      node(
        bin('oxlint', 'bin/oxlint'),
        '--type-aware',
        '--deny-warnings',
        ...CODE.filter((name) => exists(name)),
      ),
  },
  format: {
    about: 'format',
    command: () => node(bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level=warn', '.'),
  },
  unit: { about: 'unit tests', files: () => nodeTests().filter((file) => !isLab(file)), command: nodeRunner },
  python: { about: 'tests from Python', files: pythonTests, command: pytest },
  lab: { about: 'tests in the browser', files: () => nodeTests().filter(isLab), command: nodeRunner },
};

function node(...args) {
  return [process.execPath, args];
}

function exists(name) {
  return fs.existsSync(path.join(root, name));
}

/** Tests that drive a browser: JupyterLab, slides and pages. */
function isLab(file) {
  return ['lab', 'slides'].some((folder) => file.includes(`${path.sep}test${path.sep}${folder}${path.sep}`));
}

/** A compiled test counts only while its source is there. */
function nodeTests() {
  return walk(path.join(root, 'dist'), '.test.js').filter((file) => fs.existsSync(sourceOf(file)));
}

function pythonTests() {
  return ['kernel', 'lib']
    .flatMap((part) => walk(path.join(root, part, 'test'), '.py'))
    .filter((file) => path.basename(file).startsWith('test_'));
}

function nodeRunner(files) {
  return node('--enable-source-maps', '--test', '--test-reporter=spec', ...files);
}

function pytest(files) {
  return [venvPython, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '--durations=5', ...files]];
}

async function command() {
  const { values, positionals } = util.parseArgs({
    allowPositionals: true,
    options: { only: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) return say(HELP);
  checkNode();
  const pattern = positionals[0];
  const names = chosenStages(values.only, pattern);
  // The checks of the text need node_modules alone: no build, no Python.
  if (names.some((name) => STAGES[name].files)) await setup({ test: true });
  else await installNodeModules();
  const began = Date.now();
  let ran = 0;
  for (const name of names) ran += await runStage(name, pattern);
  if (ran === 0)
    throw new Failure(
      `no test file has "${pattern}" in its path`,
      'npm test -- --only unit runs all of a kind',
    );
  say(`✔ all of ${names.join(', ')} (${seconds(began)})`);
  return 0;
}

function chosenStages(only, pattern) {
  const names = only?.split(',') ?? Object.keys(STAGES).filter((name) => !pattern || STAGES[name].files);
  const unknown = names.find((name) => !Object.hasOwn(STAGES, name));
  if (unknown !== undefined) {
    throw new Failure(`no stage is called "${unknown}"`, `choose of ${Object.keys(STAGES).join(', ')}`);
  }
  return names;
}

async function runStage(name, pattern) {
  const { about, files, command: make } = STAGES[name];
  const found = files?.().filter((file) => !pattern || path.relative(root, file).includes(pattern));
  if (found?.length === 0) return 0;
  say(`\n━━ ${about}${found ? ` (${found.length} files)` : ''}`);
  const began = Date.now();
  const [program, args] = make(found);
  const { done } = start(program, args, { env: venvEnvironment(), stdio: ['ignore', 'inherit', 'inherit'] });
  const { code } = await done;
  if (stopSignal()) throw new Failure(`stopped by ${stopSignal()}`, 'run the same command again');
  if (code !== 0) {
    const rerun = `npm test -- ${pattern ? `${pattern} ` : ''}--only ${name}`;
    const hint =
      name === 'format' ? 'npm run format mends it' : `mend what it names; just this again: ${rerun}`;
    throw new Failure(`${about} failed (${seconds(began)})`, hint);
  }
  say(`✔ ${about} (${seconds(began)})`);
  return 1;
}

if (isMain(import.meta.url)) await main(command);
