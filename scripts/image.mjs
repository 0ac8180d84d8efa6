/** @file `npm run test:image`: lints, builds and runs the image without a container engine and without an image registry. */
import fs from 'node:fs';
import path from 'node:path';
import util from 'node:util';
import { bootstrap, makeBase } from './image/base.mjs';
import { buildah, removeStore, storeEnvironment, tail } from './image/buildah.mjs';
import { digest, noteTested, tested } from './image/inputs.mjs';
import { Unavailable, attempt, needSystemTools, pythonTools } from './image/tools.mjs';
import {
  Failure,
  explainCommon,
  isMain,
  main,
  say,
  seconds,
  start,
  step,
  stopSignal,
} from './house/command.mjs';
import { venvEnvironment } from './house/environment.mjs';
import { root } from './house/paths.mjs';

const HELP = `npm run test:image [-- options]
  --gpu         the CUDA image too: builds it and loads all its libraries (3 GB to download; no GPU needed)
  --base IMAGE  on this image from a registry, instead of a small system made of this machine's own release
  --keep        keeps base, layers and images in .cache/image for the next run
  --install     may install buildah and mmdebstrap with apt-get
  --if-changed  does nothing when docker/tested.json says that these inputs have passed, or where it cannot be run`;

const work = path.join(root, '.cache', 'image');
const BASE = 'localhost/d2l-ts-base:latest';

async function command() {
  const { values: options } = util.parseArgs({
    options: {
      gpu: { type: 'boolean' },
      base: { type: 'string' },
      keep: { type: 'boolean' },
      install: { type: 'boolean' },
      'if-changed': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (options.help) return say(HELP);
  if (options['if-changed'] && tested().cpu === digest()) {
    say('· image: what it is made of is as it was when it last passed (docker/tested.json)');
    return 0;
  }
  try {
    await testImage(options);
  } catch (error) {
    if (!(options['if-changed'] && error instanceof Unavailable)) throw error;
    say(`! image not tested, the machine does not allow it: ${error.message}; next: ${error.next}`);
  }
  return 0;
}

async function testImage(options) {
  const began = Date.now();
  await needSystemTools(options.install);
  await lint(await pythonTools());
  const env = prepareStore();
  try {
    const base = options.base ?? (await standIn());
    await check('cpu', base, env, options);
    if (options.gpu) await check('gpu', base, env, options);
  } finally {
    if (!options.keep) removeStore(work);
  }
  say(`✔ the image is as it should be (${seconds(began)})`);
}

/** The files that no build reads as their readers do. */
async function lint(bin) {
  const check = (what, program, ...args) =>
    step(`lint of ${what}`, path.join(bin, program), args, { log: 'image-lint' });
  await check('Dockerfile', 'hadolint', 'docker/Dockerfile');
  const schema = ['--builtin-schema', 'vendor.compose-spec'];
  await check('compose.yaml', 'check-jsonschema', ...schema, 'docker/compose.yaml');
}

function prepareStore() {
  fs.mkdirSync(work, { recursive: true });
  Object.assign(process.env, storeEnvironment(work));
  const env = venvEnvironment();
  return { ...env, D2L_DATA: isOpenToAll(env.D2L_DATA) ? env.D2L_DATA : '' };
}

/** Whether the lecture's data are in the folder and the container's user may read them; without them it takes the samples. */
function isOpenToAll(folder) {
  const may = (file, bits) => ((fs.statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & bits) === bits;
  const names = ['timemachine.txt', 'fra-eng.zip'];
  return Boolean(folder) && may(folder, 0o5) && names.every((name) => may(path.join(folder, name), 0o4));
}

/** The base made of this machine's release, proven by a first command in it. */
async function standIn() {
  const [tarball, part] = ['base.tar', 'base.part.tar'].map((name) => path.join(work, name));
  const make = bootstrap(part);
  if (!make) throw new Unavailable('no Debian or Ubuntu to make a base of', 'name a base: -- --base IMAGE');
  return attempt(async () => {
    const [program, ...args] = make;
    if (!fs.existsSync(tarball)) {
      await step('base system', program, args, { log: 'image-base' });
      fs.renameSync(part, tarball);
    }
    // Made anew it would be another image, and no kept layer would fit on it.
    if (buildah('images', '--quiet', '--filter', `reference=${BASE}`) === '') makeBase(tarball, BASE);
    const container = buildah('from', '--pull-never', BASE);
    buildah('run', container, '--', 'true');
    buildah('rm', container);
    return BASE;
  });
}

async function check(variant, base, env, options) {
  const image = `localhost/d2l-ts:${variant}`;
  const inputs = digest(); // of what is tested now, whatever somebody writes meanwhile
  const began = Date.now();
  await build(variant, base, image, env, options.keep);
  const built = Date.now();
  for (const name of variant === 'gpu' ? ['gpu', 'image'] : ['image'])
    await run(['--test', '--test-reporter=spec', `scripts/image/${name}.test.mjs`], {
      ...env,
      D2L_IMAGE: image,
    });
  const [{ size }] = JSON.parse(buildah('images', '--json', image));
  say(
    `✔ ${variant}: ${size}, built in ${((built - began) / 1000).toFixed(0)} s, tested in ${seconds(built)}`,
  );
  noteTested(variant, inputs);
}

/** The unmodified Dockerfile; what it prints goes to a log. A registry that is silent says nothing about the image. */
async function build(variant, base, image, env, keep) {
  const settings = [`BASE_IMAGE=${base}`, `TENSORFLOW=${variant}`].flatMap((one) => ['--build-arg', one]);
  const layers = keep ? ['--layers'] : [];
  const args = ['bud', ...layers, ...settings, '-t', image, '-f', 'docker/Dockerfile', '.'];
  const label = `image for ${variant}`;
  const explain = (output) => {
    const end = tail(output);
    const common = explainCommon(end, label);
    // A permission denied may well be the Dockerfile's own fault.
    if (common && /registry|disk/.test(common.message))
      return new Unavailable(common.message, common.next, end);
    return new Failure(`${label}: failed`, `the whole output is in .cache/setup/image-${variant}.log`, end);
  };
  await step(label, 'buildah', args, { env, log: `image-${variant}`, explain });
}

async function run(args, env) {
  const { done } = start(process.execPath, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const { code } = await done;
  if (stopSignal()) throw new Failure(`stopped by ${stopSignal()}`, 'run the same command again');
  if (code !== 0) throw new Failure('the image does not do what it should', 'see above; -- --keep keeps it');
}

if (isMain(import.meta.url)) await main(command);
