/** @file `npm run lock`: pins requirements/*.txt for every Python and platform at once. Needs uv on the PATH. */
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { root, short } from './house/paths.mjs';

const folder = path.join(root, 'requirements');
const image = path.join(root, 'docker', 'requirements');

/** What uv pins of the lists; comments and indexes of the machine it ran on left out. */
function compile(...options) {
  const args = ['pip', 'compile', '--quiet', '--universal', '--python-version', '3.10'];
  args.push('--no-header', '--no-annotate', '--no-emit-index-url', '--no-emit-find-links');
  const result = spawnSync('uv', [...args, ...options], { cwd: folder, encoding: 'utf8' });
  if (result.error) throw new Error('uv is needed to resolve the pins: `pip install uv`, then again');
  if (result.status !== 0) throw new Error(result.stderr);
  return result.stdout.trimEnd().split('\n');
}

function write(file, lines) {
  fs.writeFileSync(file, lines.join('\n') + '\n');
  console.log(`${short(file)}: ${lines.length} lines`);
}

const own = (name) => path.join(folder, `${name}.lock`);

write(own('lab'), compile('lab.txt'));
const pinned = new Set(fs.readFileSync(own('lab'), 'utf8').split('\n'));
const names = new Set([...pinned].map((line) => line.split('==')[0]));
const isNew = (line) => !names.has(line.split('==')[0]);
write(own('test'), ['-r lab.lock', ...compile('test.txt', '-c', 'lab.lock').filter(isNew)]);
// With --no-deps only TensorFlow's C library and the CUDA wheels it opens are wanted, not its Python.
write(
  own('gpu'),
  compile('gpu.txt').filter((line) => /^(tensorflow==|nvidia-)/.test(line)),
);

// The image takes the same versions, each file by its hash.
const servers = path.join(image, 'servers.txt');
const lists = {
  node: ['--no-deps', path.join(image, 'node.txt')],
  lab: ['-c', 'lab.lock', 'lab.txt', servers],
  cpu: ['--no-deps', 'tensorflow.txt'],
  gpu: ['--no-deps', 'gpu.lock'],
};
for (const [name, options] of Object.entries(lists))
  write(path.join(image, `${name}.lock`), compile('--generate-hashes', ...options));
