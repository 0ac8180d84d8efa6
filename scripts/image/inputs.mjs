/** @file What the image is made of, as one hash, and the hash that last passed its test: docker/tested.json. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { walk } from '../house/node.mjs';
import { root } from '../house/paths.mjs';

const record = path.join(root, 'docker', 'tested.json');
/** Not among the inputs: what people alone read, and the record itself. */
const APART = new Set(['docker/README.md', 'docker/scale.md', 'docker/tested.json']);
/** The sources of kernel/ and lib/ are not here: they change daily, and npm test runs them without an image. */
const INPUTS = ['.devcontainer', '.dockerignore', '.npmrc', 'docker', 'package-lock.json', 'scripts/image'];
/** Of package.json only what the image depends on: a new script changes nothing in it. */
const FIELDS = ['name', 'version', 'type', 'bin', 'main', 'exports', 'dependencies', 'devDependencies'];

function files() {
  const found = INPUTS.flatMap((name) => {
    const place = path.join(root, name);
    return fs.statSync(place).isDirectory() ? walk(place, '') : [place];
  });
  return found.filter((file) => !APART.has(path.relative(root, file)) && !file.includes('__pycache__'));
}

/** The hash of all inputs. */
export function digest() {
  const hash = crypto.createHash('sha256');
  for (const file of files()) hash.update(`${path.relative(root, file)}\0`).update(fs.readFileSync(file));
  const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  hash.update(JSON.stringify(FIELDS.map((name) => manifest[name])));
  return hash.digest('hex');
}

/** What the last green run wrote, by variant; empty before the first. */
export function tested() {
  return fs.existsSync(record) ? JSON.parse(fs.readFileSync(record, 'utf8')) : {};
}

/** Notes that the variant, `cpu` or `gpu`, passed with inputs of this hash. */
export function noteTested(variant, inputs) {
  const all = { ...tested(), [variant]: inputs };
  fs.writeFileSync(record, `${JSON.stringify(all, null, 2)}\n`);
}
