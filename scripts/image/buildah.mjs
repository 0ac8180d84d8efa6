/** @file buildah, which builds and runs images without an engine, with a store of its own that goes with one folder. */
import childProcess from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Said when the system still held the copy of itself that buildah runs a command with: nothing has begun. */
const NOT_BEGUN = /sealing memfd copy/;
const TRIES = 5;

/** Where the store is, handed from the command to the tests of the image. */
export const STORE = 'CONTAINERS_STORAGE_CONF';

/** The environment that makes buildah use the store in `folder`; overlay where the system lets it, else plain copies. */
export function storeEnvironment(folder) {
  const driver = canOverlay(folder) ? 'overlay' : 'vfs';
  const file = path.join(folder, 'storage.conf');
  const [graph, run] = ['store', 'run'].map((name) => path.join(folder, `${name}-${driver}`));
  fs.writeFileSync(file, `[storage]\ndriver = "${driver}"\ngraphroot = "${graph}"\nrunroot = "${run}"\n`);
  // Docker's format has the health check; chroot isolation needs neither namespaces of its own nor a runtime.
  return { [STORE]: file, BUILDAH_ISOLATION: 'chroot', BUILDAH_FORMAT: 'docker', STORAGE_DRIVER: driver };
}

/** Removes base, layers, containers and images; what is mounted below the folder is let go first. */
export function removeStore(folder) {
  const mounts = fs
    .readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '');
  const own = mounts
    .filter((place) => place.startsWith(`${folder}/`))
    .sort()
    .reverse();
  for (const place of own) childProcess.spawnSync('umount', ['--lazy', place]);
  for (const name of fs.readdirSync(folder))
    if (/^(store|run|overlay)-|^base\..*tar$|^storage\.conf$/.test(name))
      fs.rmSync(path.join(folder, name), { recursive: true, force: true });
}

function canOverlay(folder) {
  const probe = fs.mkdtempSync(path.join(folder, 'overlay-'));
  for (const name of ['lower', 'upper', 'work', 'merged']) fs.mkdirSync(path.join(probe, name));
  const options = ['lower', 'upper', 'work'].map((name) => `${name}dir=${path.join(probe, name)}`).join(',');
  // In a mount namespace that ends with the command, so that there is nothing to undo.
  const mount = ['-m', 'mount', '-t', 'overlay', 'overlay', '-o', options, path.join(probe, 'merged')];
  const { status } = childProcess.spawnSync('unshare', mount, { stdio: 'ignore' });
  fs.rmSync(probe, { recursive: true, force: true });
  return status === 0;
}

/** Runs buildah to its end. @throws Error with the end of what it printed */
export function buildah(...args) {
  const { status, stdout, stderr, error } = spawn(args);
  if (error) throw error;
  if (status !== 0) throw new Error(`buildah ${args.join(' ')}: ${tail(stderr || stdout)}`);
  return stdout.trim();
}

function spawn(args) {
  return childProcess.spawnSync('buildah', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
}

/** The last lines of a program's output. */
export function tail(output, lines = 15) {
  return output.trimEnd().split('\n').slice(-lines).join('\n');
}

/** A container of an image: its own writable layer, the network of this machine. */
export class Container {
  /** The image's settings, as Docker keeps them. */
  config;
  #id;

  constructor(image) {
    this.#id = buildah('from', '--pull-never', image);
    this.config = JSON.parse(buildah('inspect', '--type', 'image', image)).Docker.config;
  }

  /** The entry point and the command, which `buildah run` would leave out. */
  get argv() {
    return [...this.config.Entrypoint, ...this.config.Cmd];
  }

  #args(argv, { env = {}, user, volumes = [] } = {}) {
    const options = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    if (user) options.push('--user', user);
    for (const volume of volumes) options.push('--volume', volume);
    return ['run', ...options, this.#id, '--', ...argv];
  }

  /** Runs a command to its end. @returns its exit code and what it printed */
  run(argv, options) {
    for (let tries = TRIES; ; tries--) {
      const { status, stdout, stderr } = spawn(this.#args(argv, options));
      if (tries === 1 || !NOT_BEGUN.test(stderr))
        return { status, stdout: stdout.trim(), stderr: stderr.trim() };
    }
  }

  /** Starts a command. @returns the promise of its exit code, that code once it is known, and what it has printed so far */
  start(argv, options) {
    const running = { ended: undefined, code: undefined, log: '' };
    const begin = (tries, settle) => {
      running.log = '';
      const stdio = ['ignore', 'pipe', 'pipe'];
      const child = childProcess.spawn('buildah', this.#args(argv, options), { stdio });
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (running.log += chunk));
      child.on('close', (code) => {
        if (tries > 1 && NOT_BEGUN.test(running.log)) return begin(tries - 1, settle);
        running.code = code;
        settle(code);
      });
    };
    running.ended = new Promise((settle) => begin(TRIES, settle));
    return running;
  }

  /** The folder on this machine in which the container's files lie, until `remove`. */
  mount() {
    return buildah('mount', this.#id);
  }

  remove() {
    buildah('rm', this.#id);
  }
}
