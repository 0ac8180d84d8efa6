/** @file `npm run bench -- kernel …`: kernel.py in the project's Python, where jupyter_client is. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../bench/kernel.py', import.meta.url));
const { status, error } = spawnSync('python', [script, ...process.argv.slice(2)], { stdio: 'inherit' });
if (error) throw new Error(`python does not run (${error.message}); start this with npm run bench -- kernel`);
process.exitCode = status ?? 1;
