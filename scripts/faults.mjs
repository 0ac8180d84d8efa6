/** @file `npm run faults` and `npm run soak`: what the kernel survives, and for how long; in Python, as its clients are. */
import path from 'node:path';
import { Failure, isMain, main, start } from './house/command.mjs';
import { venvEnvironment } from './house/environment.mjs';
import { root, venvPython } from './house/paths.mjs';
import { setup } from './setup.mjs';

const PROGRAMS = ['matrix', 'soak'];

async function command() {
  const [name, ...args] = process.argv.slice(2);
  if (!PROGRAMS.includes(name))
    throw new Failure(`no program is called "${name}"`, 'npm run faults, or npm run soak');
  if (!args.includes('--help')) await setup({ test: true });
  const program = path.join(root, 'test', 'faults', `${name}.py`);
  const { done } = start(venvPython, [program, ...args], {
    env: venvEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return (await done).code;
}

if (isMain(import.meta.url)) await main(command);
