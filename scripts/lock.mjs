/** @file `npm run lock`: pins requirements/*.txt for every Python and platform at once. Needs uv on the PATH. */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { root } from './house/paths.mjs';

const folder = path.join(root, 'requirements');

function compile(name, ...options) {
  const args = ['pip', 'compile', '--quiet', '--universal', '--python-version', '3.10'];
  args.push('--no-header', '--no-annotate', '--no-emit-index-url', '--no-emit-find-links');
  const result = spawnSync('uv', [...args, ...options, `${name}.txt`], { cwd: folder, encoding: 'utf8' });
  if (result.error) throw new Error('uv is needed to resolve the pins: `pip install uv`, then again');
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout.trimEnd().split('\n');
}

function write(name, lines) {
  fs.writeFileSync(path.join(folder, `${name}.lock`), lines.join('\n') + '\n');
  console.log(`requirements/${name}.lock: ${lines.length} lines`);
}

write('lab', compile('lab'));
const pinned = new Set(fs.readFileSync(path.join(folder, 'lab.lock'), 'utf8').split('\n'));
const names = new Set([...pinned].map((line) => line.split('==')[0]));
const isNew = (line) => !names.has(line.split('==')[0]);
write('test', ['-r lab.lock', ...compile('test', '-c', 'lab.lock').filter(isNew)]);
// With --no-deps only TensorFlow's C library and the CUDA wheels it opens are wanted, not its Python.
write(
  'gpu',
  compile('gpu').filter((line) => /^(tensorflow==|nvidia-)/.test(line)),
);
