/** @file `d2l-ts doctor`: each thing the kernel needs, tried for real, with the next step where it fails. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  checkRenderer,
  checkSpec,
  type InstalledSpec,
  jupyterVersion,
  ourSpecs,
  type Search,
} from './jupyter.js';
import { KERNEL, PACKAGE, RESOLVER, RUNNER } from './package.js';
import { attempt, checkNode, OLDEST_NODE, repair } from './repair.js';
import { compilerPath } from './session/tsc.js';

interface Check {
  what: string;
  /** Returns what was found. @throws Error whose message says what to do */
  run(): string | Promise<string>;
}

const require = createRequire(import.meta.url);
const steps = repair();
const LIBRARY = join(PACKAGE, 'dist', 'lib', 'main.js');
const FILES: readonly string[] = [
  KERNEL,
  RUNNER,
  RESOLVER,
  join(PACKAGE, 'kernel', 'runner', 'globals.d.ts'),
  LIBRARY,
  LIBRARY.replace(/js$/, 'd.ts'),
];

/** What this copy of the package is made of. */
const PARTS: readonly Check[] = [
  { what: `Node.js ${OLDEST_NODE} or newer`, run: () => checkNode(process.version, 'this') },
  { what: 'ZeroMQ', run: checkZeroMQ },
  { what: 'TypeScript compiler', run: checkCompiler },
  { what: 'cell parser', run: () => checkOxc('oxc-parser') },
  { what: 'cell transformer', run: () => checkOxc('oxc-transform') },
  { what: 'own files', run: checkFiles },
];

function checkZeroMQ(): string {
  const advice = `${steps.packages}: the prebuilt zeromq binary does not load`;
  return attempt(() => require('zeromq') as { version: string }, advice).version;
}

function checkCompiler(): string {
  const advice = `${steps.packages} with optional dependencies: the native compiler for this platform`;
  const path = attempt(compilerPath, `${advice} is missing`);
  const version = () => execFileSync(path, ['--version'], { encoding: 'utf8' }).trim();
  return attempt(version, `${advice} does not run`);
}

function checkOxc(name: 'oxc-parser' | 'oxc-transform'): string {
  const advice = `${steps.packages} with optional dependencies: ${name} for this platform does not load`;
  return attempt(() => require(name) as object, advice) && 'oxc';
}

function checkFiles(): string {
  const missing = FILES.find((file) => !existsSync(file));
  if (missing) throw new Error(`${missing} is missing; ${steps.files}`);
  return PACKAGE;
}

/** A cell from its text to its value, through compiler, transformer and runner. */
async function checkCell(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'd2l-ts-doctor-'));
  const { Session } = await import('./session/session.js');
  const session = new Session(folder);
  try {
    const { result, error } = await session.execute('1 + 1 as number', { id: 1, count: 1, stdin: false });
    const value = result?.data['text/plain'];
    if (value !== '2') throw new Error(`1 + 1 gives ${error?.message ?? String(value)}; ${steps.files}`);
    return '1 + 1 is 2';
  } finally {
    session.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The library as a cell imports it, and what it computes with. */
function checkLibrary(): string {
  const script = 'const d2l = await import(process.argv[1]); console.log(JSON.stringify(d2l.backendInfo()))';
  const args = ['--input-type=module', '-e', script, pathToFileURL(LIBRARY).href];
  let answer: string;
  try {
    answer = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    const why = /^(?:\w*Error.*?: )(.*)$/m.exec(stderr)?.[1] ?? message;
    throw new Error(/cannot find/i.test(why) ? `${steps.packages}: ${why}` : why, { cause: error });
  }
  const { name, reason } = JSON.parse(answer.trim().split('\n').at(-1)!) as { name: string; reason: string };
  const unwanted = process.env['TF_LIB_DIR'] || /cannot be used/.test(reason);
  if (name !== 'tensorflow' && unwanted) throw new Error(`${name} computes: ${reason}`);
  return name === 'tensorflow' ? reason : `${name} computes, several times slower than TensorFlow: ${reason}`;
}

function checkJupyter(): string {
  return attempt(
    jupyterVersion,
    'jupyter is not on the PATH; activate the environment that has it (npm start uses the one in .venv)',
  );
}

/** @throws Error when there is none */
function listSpecs(search: Search): InstalledSpec[] {
  const advice = 'jupyter kernelspec list does not run; install jupyter_client where jupyter is';
  const specs = attempt(() => ourSpecs(search), advice);
  const called = search.name ? ` called "${search.name}"` : '';
  if (!specs.length)
    throw new Error(
      `Jupyter lists no kernelspec${called}: run ${steps.command} install, or npm run setup for the project's own environment`,
    );
  return specs;
}

/** One for each of our kernels. */
function specChecks(search: Search): Check[] {
  let specs: InstalledSpec[];
  try {
    specs = listSpecs(search);
  } catch (error) {
    return [{ what: 'kernelspec', run: () => Promise.reject(error as Error) }];
  }
  return specs.map((spec: InstalledSpec) => ({ what: 'kernelspec', run: () => checkSpec(spec, steps) }));
}

/** Prints one line per check. @returns whether all passed */
async function report(out: NodeJS.WritableStream, checks: readonly Check[]): Promise<boolean> {
  let healthy = true;
  for (const check of checks) {
    try {
      out.write(`ok    ${check.what}: ${await check.run()}\n`);
    } catch (error) {
      healthy = false;
      out.write(`FAIL  ${check.what}: ${(error as Error).message}\n`);
    }
  }
  return healthy;
}

/**
 * Checks this copy of the package, and the kernels that Jupyter sees.
 * @param search where else Jupyter is to look, and for a kernel of which name
 * @returns whether all passed
 */
export async function doctor(out: NodeJS.WritableStream, search: Search = {}): Promise<boolean> {
  const parts = await report(out, PARTS);
  // Neither has anything to tell of a copy that is known to lack a part.
  const works = existsSync(LIBRARY) && (await report(out, [{ what: 'library', run: checkLibrary }]));
  const runs = parts && (await report(out, [{ what: 'cell', run: checkCell }]));
  if (!(await report(out, [{ what: 'Jupyter', run: checkJupyter }]))) return false;
  const renderer = { what: 'plot renderer', run: () => checkRenderer(search, steps) };
  const known = await report(out, [...specChecks(search), renderer]);
  return works && runs && known;
}
