/** @file Python's side of the set-up: the interpreter, .venv, JupyterLab, TensorFlow's library. */
import childProcess from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { Failure, say, step } from './command.mjs';
import { root, short, venv, venvPython } from './paths.mjs';

const OLDEST = [3, 10];
/** TensorFlow 2.21 has wheels up to this Python. */
const NEWEST_FOR_TENSORFLOW = [3, 13];
const stampFile = path.join(venv, '.d2l-ts.json');

/** What the set-up has finished in .venv; each step writes its part as its last act. */
export function readStamp() {
  try {
    return JSON.parse(fs.readFileSync(stampFile, 'utf8'));
  } catch {
    return {};
  }
}

/** Notes finished steps in .venv. */
export function writeStamp(changes) {
  fs.writeFileSync(stampFile, JSON.stringify({ ...readStamp(), ...changes }, null, 2) + '\n');
}

/** Makes .venv, or makes it anew where the one found is broken, moved, or of another Python. */
export async function makeVenv() {
  const why = unusableVenv();
  if (!why) return;
  const python = findPython();
  const label = `virtual environment in .venv (Python ${python.version.join('.')}${why === 'none' ? '' : `; ${why}`})`;
  await step(label, python.command, [...python.args, '-m', 'venv', '--clear', venv], { log: 'venv' });
  // JupyterLab runs CommonJS scripts out of .venv; they must not inherit this package's "type": "module".
  fs.writeFileSync(path.join(venv, 'package.json'), '{ "private": true, "type": "commonjs" }\n');
  settleJupyterLab();
  writeStamp({ root, python: probe(venvPython)?.version.join('.') });
}

/** JupyterLab asks no question about news over the first lesson, and looks for no updates: there may be no network. */
function settleJupyterLab() {
  const folder = path.join(venv, 'share', 'jupyter', 'lab', 'settings');
  const settings = { fetchNews: 'false', checkForUpdates: false };
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    path.join(folder, 'overrides.json'),
    `${JSON.stringify({ '@jupyterlab/apputils-extension:notification': settings }, null, 2)}\n`,
  );
}

function unusableVenv() {
  if (!fs.existsSync(venv)) return 'none';
  const found = probe(venvPython);
  if (!found) return 'the one there does not run';
  if (!isAtLeast(found.version, OLDEST)) return `the one there is Python ${found.version.join('.')}`;
  if (!fs.existsSync(path.join(venv, 'package.json'))) return 'the one there is half made';
  const stamp = readStamp();
  if (stamp.root && stamp.root !== root) return `the one there was made in ${stamp.root}`;
  if (stamp.python && stamp.python !== found.version.join('.'))
    return `the one there was for Python ${stamp.python}`;
  return undefined;
}

/** The version of an interpreter and whether it can make environments, or undefined where it does not run. */
function probe(command, args = []) {
  const code =
    'import sys, importlib.util as u; print(*sys.version_info[:3], *(int(u.find_spec(m) is not None) for m in ("venv", "ensurepip")))';
  const result = childProcess.spawnSync(command, [...args, '-c', code], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  if (result.status !== 0) return undefined;
  const [major, minor, patch, hasVenv, hasPip] = result.stdout.trim().split(' ').map(Number);
  return { command, args, version: [major, minor, patch], complete: hasVenv === 1 && hasPip === 1 };
}

function isAtLeast([major, minor], [wantedMajor, wantedMinor]) {
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

/** The first interpreter that TensorFlow has wheels for, else the first that JupyterLab runs on. */
function findPython() {
  const named = process.env.PYTHON;
  const commands = named
    ? [[named]]
    : [['python3'], ['python3.13'], ['python3.12'], ['python3.11'], ['python3.10'], ['python'], ['py', '-3']];
  const found = commands.map(([command, ...args]) => probe(command, args)).filter(Boolean);
  const recent = found.filter((python) => isAtLeast(python.version, OLDEST));
  const usable = recent.filter((python) => python.complete);
  const best = usable.find((python) => isAtLeast(NEWEST_FOR_TENSORFLOW, python.version)) ?? usable[0];
  if (best) return best;
  throw explainNoPython(named, found, recent);
}

function explainNoPython(named, found, recent) {
  const again = 'then run it again (PYTHON=/path/to/python3 names one that is not on the PATH)';
  const debian = fs.existsSync('/etc/debian_version');
  if (recent[0]) {
    const [major, minor] = recent[0].version;
    const what = `Python ${recent[0].version.join('.')} is there, but its venv module is not`;
    const packages = `python${major}.${minor}-venv (or python3-venv)`;
    return new Failure(
      what,
      debian ? `sudo apt-get install ${packages}, ${again}` : `install venv and ensurepip for it, ${again}`,
    );
  }
  const source = 'install Python 3.10 to 3.13 from python.org or your system';
  if (found[0]) {
    const what = `Python 3.10 or newer is needed; ${found[0].command} is ${found[0].version.join('.')}`;
    return new Failure(what, `${source}, ${again}`);
  }
  const what = named ? `PYTHON=${named} does not run` : 'no Python found';
  return new Failure(what, `${debian ? 'sudo apt-get install python3 python3-venv' : source}, ${again}`);
}

/** Installs a pinned list (`lab` or `test`) unless the stamp says it is in. */
export async function installPinned(name, label) {
  const file = path.join(root, 'requirements', `${name}.lock`);
  const wanted = digest(file);
  if (readStamp()[name] === wanted) return;
  await repairPip();
  await pip(label, ['-r', file], name);
  writeStamp({ [name]: wanted });
}

/** Puts TensorFlow's C library into .venv; where none exists for this machine, says so once and goes on. */
export async function installTensorflow({ variant, retry }) {
  const before = readStamp().tensorflow;
  const wanted = variant ?? before?.variant ?? 'cpu';
  const file = path.join(root, 'requirements', wanted === 'gpu' ? 'gpu.lock' : 'tensorflow.txt');
  const state = wanted === 'none' ? 'none' : digest(file);
  if (before?.variant === wanted && before.state === state && (before.found || wanted === 'none' || !retry))
    return;
  if (before?.found && before.variant !== wanted) await removeTensorflow();
  const reason = wanted === 'none' ? undefined : await tryTensorflow(wanted, file);
  const found = tensorflowLibrary() !== undefined;
  if (wanted !== 'none' && !found)
    sayDegraded(reason ?? `TensorFlow's C library is not offered for ${process.platform}`);
  writeStamp({ tensorflow: { variant: wanted, state, found } });
}

async function tryTensorflow(variant, file) {
  const label =
    variant === 'gpu' ? 'TensorFlow with CUDA (about 3 GB to download)' : 'TensorFlow (274 MB to download)';
  try {
    // Only the C library is used: nothing of its Python needs its dependencies or compiled files.
    await pip(label, ['--no-deps', '--no-compile', '-r', file], 'tensorflow');
    return undefined;
  } catch (error) {
    if (!(error instanceof Failure) || !/No matching distribution/.test(error.detail)) throw error;
    return `no TensorFlow wheel for Python ${readStamp().python} on ${process.platform} ${process.arch}`;
  }
}

function sayDegraded(reason) {
  say(`! ${reason}: training will use the slower wasm backend.`);
  say(
    '  next: nothing, everything runs; for full speed use Linux or macOS (arm64) with Python 3.10 to 3.13.',
  );
}

async function removeTensorflow() {
  const args = ['-m', 'pip', 'uninstall', '--yes', 'tensorflow', 'tensorflow-cpu'];
  await step('the other TensorFlow goes', venvPython, args, { log: 'tensorflow-uninstall' });
}

/** Where the library is, if it is in .venv. */
function tensorflowLibrary() {
  const lib = path.join(venv, 'lib');
  if (!fs.existsSync(lib)) return undefined;
  return fs
    .readdirSync(lib)
    .map((python) => path.join(lib, python, 'site-packages', 'tensorflow'))
    .flatMap((folder) =>
      ['libtensorflow_cc.so.2', 'libtensorflow_cc.2.dylib'].map((file) => path.join(folder, file)),
    )
    .find((file) => fs.existsSync(file));
}

async function pip(label, args, log) {
  const options = ['--disable-pip-version-check', '--no-input'];
  await step(label, venvPython, ['-m', 'pip', 'install', ...options, ...args], {
    log,
    news: bigDownload,
    explain: noWheel,
  });
}

function bigDownload(line) {
  const match = /Downloading (?:\S*\/)?([\w.]+?)-\d\S* \((\d+)(?:\.\d+)? MB\)/.exec(line);
  return match && Number(match[2]) >= 10 ? `downloading ${match[1]} (${match[2]} MB)` : undefined;
}

/** pip ends with the same words when the network is down, so only a quiet network makes it a missing wheel. */
function noWheel(output) {
  if (/connection broken|NewConnectionError|Max retries/.test(output)) return undefined;
  const line = output.split('\n').find((text) => text.includes('No matching distribution'));
  if (!line) return undefined;
  return new Failure(
    'a pinned Python package has no version for this machine',
    'use Python 3.10 to 3.13 (PYTHON=/path/to/python3)',
    line,
  );
}

async function repairPip() {
  const works = childProcess.spawnSync(venvPython, ['-m', 'pip', '--version']).status === 0;
  if (!works) await step('pip for .venv', venvPython, ['-m', 'ensurepip', '--upgrade'], { log: 'ensurepip' });
}

function digest(file) {
  if (!fs.existsSync(file)) throw new Failure(`${short(file)} is missing`, `git checkout -- ${short(file)}`);
  return crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex').slice(0, 16);
}
