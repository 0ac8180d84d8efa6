/** @file `npm run bench -- NAME [arguments]`: runs bench/NAME.ts; without a name it lists them. */
import path from 'node:path';
import { Failure, isMain, main, say, start } from './house/command.mjs';
import { venvEnvironment } from './house/environment.mjs';
import { walk } from './house/node.mjs';
import { root } from './house/paths.mjs';
import { setup } from './setup.mjs';

const folder = path.join(root, 'dist', 'bench');

async function command() {
  await setup();
  const names = walk(folder, '.js')
    .filter((file) => path.dirname(file) === folder && !file.endsWith('.test.js'))
    .map((file) => path.basename(file, '.js'));
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined) return say(['npm run bench -- NAME, with NAME of:', ...names].join('\n  '));
  if (!names.includes(name))
    throw new Failure(`no benchmark is called "${name}"`, `choose of ${names.join(', ')}`);
  const file = path.join(folder, `${name}.js`);
  const { done } = start(process.execPath, ['--enable-source-maps', file, ...args], {
    env: venvEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return (await done).code;
}

if (isMain(import.meta.url)) await main(command);
