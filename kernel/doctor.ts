/** @file `d2l-ts doctor`: each thing the kernel needs, tried for real, with the next step where it fails. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, isAbsolute, join } from 'node:path';
import { DEFAULT_NAME, kernelFolder } from './install.js';
import { KERNEL, PACKAGE } from './package.js';
import { compilerPath } from './session/tsc.js';

interface Check {
  what: string;
  /** Returns what was found. @throws Error whose message says what to do */
  run(): string;
}

const require = createRequire(import.meta.url);

const CHECKS: readonly Check[] = [
  {
    what: 'Node.js 20 or newer',
    run() {
      if (Number(process.versions.node.split('.')[0]) < 20)
        throw new Error(`this is ${process.version}; install Node.js 20 or newer`);
      return process.version;
    },
  },
  {
    what: 'ZeroMQ',
    run() {
      const zmq = attempt(
        () => require('zeromq') as { version: string },
        'run npm ci again: the prebuilt zeromq binary does not load',
      );
      return zmq.version;
    },
  },
  {
    what: 'TypeScript compiler',
    run() {
      const path = attempt(
        compilerPath,
        'run npm ci again with optional dependencies: the native compiler for this platform is missing',
      );
      return attempt(
        () => execFileSync(path, ['--version'], { encoding: 'utf8' }).trim(),
        `${path} does not run`,
      );
    },
  },
  {
    what: 'cell transformer',
    run: () => (
      attempt(() => require('oxc-transform') as object, 'run npm ci again with optional dependencies'),
      'oxc'
    ),
  },
  {
    what: 'Jupyter',
    run: () =>
      attempt(
        () =>
          execFileSync('jupyter', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
        'jupyter is not on the PATH; activate the environment that has it (npm start uses the one in .venv)',
      )
        .split('\n')
        .find((line) => /lab/.test(line)) ?? 'found',
  },
  { what: 'kernelspec', run: findSpec },
];

function attempt<T>(body: () => T, advice: string): T {
  try {
    return body();
  } catch (error) {
    throw new Error(`${advice} (${(error as Error).message.split('\n')[0]})`, { cause: error });
  }
}

/** The installed kernelspec must start this kernel with a Node that exists. */
function findSpec(): string {
  const venv = join(PACKAGE, '.venv');
  const places = [{ kind: 'user' } as const, { kind: 'prefix', folder: venv } as const];
  const folder = places
    .map((place) => kernelFolder(place, DEFAULT_NAME))
    .find((path) => existsSync(join(path, 'kernel.json')));
  if (!folder)
    throw new Error(
      "no kernelspec found; run d2l-ts install, or npm run setup for the project's own environment",
    );
  const { argv } = JSON.parse(readFileSync(join(folder, 'kernel.json'), 'utf8')) as { argv: string[] };
  const missing = argv.find((path) => isAbsolute(path) && !existsSync(path));
  if (missing) throw new Error(`${folder} starts ${missing}, which is gone; run d2l-ts install again`);
  const program = argv.find((path) => basename(path) === basename(KERNEL));
  return program === KERNEL ? folder : `${folder} (it starts another copy of this kernel: ${program})`;
}

/** Prints one line per check. @returns whether all passed */
export async function doctor(out: NodeJS.WritableStream): Promise<boolean> {
  let healthy = true;
  for (const check of CHECKS) {
    try {
      out.write(`ok    ${check.what}: ${check.run()}\n`);
    } catch (error) {
      healthy = false;
      out.write(`FAIL  ${check.what}: ${(error as Error).message}\n`);
    }
  }
  return healthy;
}
