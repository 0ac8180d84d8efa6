/** @file Node's side of the set-up: its version, node_modules, and the build from TypeScript. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Failure, explainCommon, say, step } from './command.mjs';
import { bundle } from './bundle.mjs';
import { root } from './paths.mjs';

const SOURCES = ['kernel', 'lib', 'bench', 'test'];
const SETTINGS = ['kernel/runner/start.cjs', 'package-lock.json', 'tsconfig.json'];
const record = path.join(root, 'node_modules', '.package-lock.json');
const dist = path.join(root, 'dist');
const buildStamp = path.join(dist, '.build-stamp');

/** Throws unless Node is new enough; written for the parser of an old one. */
export function checkNode() {
  if (Number(process.versions.node.split('.')[0]) >= 20) return;
  const what = `d2l-ts needs Node 20 or newer; this is Node ${process.versions.node} (${process.execPath})`;
  throw new Failure(what, 'install a current Node from nodejs.org or your system, then run it again');
}

/** Installs node_modules when it is not what package-lock.json says. */
export async function installNodeModules() {
  const why = staleModules();
  if (!why) return;
  const npm = process.env.npm_execpath;
  const args = ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--include=dev'];
  const [command, rest] = npm ? [process.execPath, [npm, ...args]] : ['npm', args];
  const label = `npm packages (${why})`;
  try {
    const output = await step(label, command, rest, { log: 'npm' });
    if (output.includes('TAR_ENTRY_ERROR')) throw incomplete(output, label);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    throw new Failure('npm is not there', 'install npm (it comes with Node), then run it again');
  }
}

/** npm only warns of files it could not unpack (a full disk), and would take what is left for whole. */
function incomplete(output, label) {
  fs.rmSync(record, { force: true });
  return (
    explainCommon(output, label) ?? new Failure(`${label}: some files could not be unpacked`, 'run it again')
  );
}

/** npm writes its own record as the last act of an install, so that record decides; an interrupted one has none. */
function staleModules() {
  const installed = readJson(record);
  if (!installed) return 'not installed yet, about 200 MB to download';
  const lock = readJson(path.join(root, 'package-lock.json'));
  for (const [name, wanted] of Object.entries(lock.packages)) {
    if (name === '') continue;
    const found = installed.packages[name];
    // Packages for other systems are optional and rightly absent.
    if (!found && !wanted.optional) return `${name} is missing`;
    if (found && found.version !== wanted.version)
      return `${name} is ${found.version}, not ${wanted.version}`;
    if (found && !fs.existsSync(path.join(root, name, 'package.json'))) return `${name} is missing`;
  }
  return undefined;
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Compiles kernel/ and lib/ into dist/ when a source is newer, and bundles the kernel; what has lost its source leaves dist/ first.
 * @returns {Promise<string>} a name for this state of the sources
 */
export async function build() {
  const files = sourceFiles();
  const state = fingerprint(files);
  if (read(buildStamp) === state) return state;
  removeOrphans();
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const explain = (output) =>
    /error TS\d+/.test(output)
      ? new Failure(
          'the sources do not type-check',
          'mend the lines above (npm run build shows all of them)',
          head(output),
        )
      : undefined;
  await step(`build (${files.length} sources)`, process.execPath, [tsc, '-p', 'tsconfig.json'], {
    log: 'build',
    explain,
  });
  await bundle();
  fs.writeFileSync(buildStamp, state);
  return state;
}

function head(output) {
  return output.split('\n').slice(0, 20).join('\n');
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function sourceFiles() {
  const found = SETTINGS.map((name) => path.join(root, name));
  for (const folder of SOURCES) found.push(...walk(path.join(root, folder), '.ts'));
  return found;
}

function fingerprint(files) {
  const hash = crypto.createHash('sha256');
  for (const file of files) {
    const { mtimeMs, size } = fs.statSync(file);
    hash.update(`${path.relative(root, file)} ${mtimeMs} ${size}\n`);
  }
  return hash.digest('hex');
}

/** All files below `folder` whose name ends in `ending`, sorted. */
export function walk(folder, ending) {
  if (!fs.existsSync(folder)) return [];
  const found = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') found.push(...walk(file, ending));
    else if (entry.isFile() && entry.name.endsWith(ending)) found.push(file);
  }
  return found.sort();
}

/** The TypeScript file that a file in dist/ was compiled from. */
export function sourceOf(built) {
  return path.join(root, path.relative(dist, built).replace(/\.(d\.ts|js)$/, '.ts'));
}

function removeOrphans() {
  let removed = 0;
  for (const types of walk(dist, '.d.ts')) {
    if (fs.existsSync(sourceOf(types))) continue;
    const stem = types.slice(0, -'.d.ts'.length);
    for (const ending of ['.d.ts', '.js', '.js.map']) fs.rmSync(stem + ending, { force: true });
    removed += 1;
  }
  if (removed > 0) say(`· dist/: removed ${removed} compiled files whose source is gone`);
}
