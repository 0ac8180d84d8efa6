/** @file `npm run build`: TypeScript into dist/, and the kernel's programs into dist/bin/. */
import { installNodeModules, build } from './house/node.mjs';
import { isMain, main } from './house/command.mjs';

async function command() {
  await installNodeModules();
  await build();
  return 0;
}

if (isMain(import.meta.url)) await main(command);
