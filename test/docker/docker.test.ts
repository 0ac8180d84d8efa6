/** @file The container files held against the project, without building anything: `npm run test:image` does that. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const lines = (name: string): string[] =>
  read(name)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));

/** The Dockerfile's instructions, continued lines joined. */
const instructions = lines('docker/Dockerfile')
  .join('\n')
  .replace(/\\\n/g, ' ')
  .split('\n')
  .map((line) => line.trim());
const stages = instructions.flatMap((line) => /^FROM \S+ AS (\w+)$/.exec(line)?.[1] ?? []);
const copies = instructions
  .filter((line) => line.startsWith('COPY '))
  .map((line) => line.split(/\s+/).slice(1));
/** What is copied out of the project's folder. */
const sources = copies
  .filter(([first]) => !first?.startsWith('--from'))
  .flatMap((words) => words.slice(0, -1));
const allowed = lines('.dockerignore')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1));
const argument = (name: string): string | undefined =>
  instructions.flatMap((line) => new RegExp(`^ARG ${name}=(.*)$`).exec(line)?.[1] ?? [])[0];

void test('what the Dockerfile copies is there and is let in, and nothing else is', () => {
  assert.ok(sources.length > 15);
  const isPart = (inner: string, outer: string): boolean =>
    inner === outer ||
    inner.startsWith(`${outer}/`) ||
    (outer.endsWith('*') && inner.startsWith(outer.slice(0, -1)));
  for (const source of sources) {
    assert.ok(existsSync(join(root, source)), `the Dockerfile copies ${source}, which is not there`);
    const isIn = allowed.some((place) => isPart(source, place) || isPart(place, source));
    assert.ok(isIn, `.dockerignore keeps ${source} out`);
  }
  for (const place of allowed)
    assert.ok(
      sources.some((source) => isPart(source, place) || isPart(place, source)),
      `.dockerignore lets ${place} in, which the Dockerfile copies nowhere`,
    );
});

void test('stages that are named are there, and the image is the last', () => {
  const from = copies.flatMap(([first]) => /^--from=(\w+)$/.exec(first ?? '')?.[1] ?? []);
  assert.deepEqual(
    [...new Set(from)].filter((name) => !stages.includes(name)),
    [],
  );
  assert.equal(stages.at(-1), 'image');
});

void test('the image bears the version of the package', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  assert.equal(argument('VERSION'), version);
});

/** Versions by name, of a list or a lock. */
function pins(name: string): Map<string, string> {
  const found = lines(name).map((line) => /^([\w.-]+)==([^\s;]+)/.exec(line));
  return new Map(found.flatMap((match) => (match ? [[match[1] ?? '', match[2] ?? ''] as const] : [])));
}

void test('the image has the versions of the set-up, each file by its hash', () => {
  const lists = { lab: 'lab.lock', cpu: 'tensorflow.txt', gpu: 'gpu.lock' };
  for (const [name, list] of Object.entries(lists)) {
    const lock = `docker/requirements/${name}.lock`;
    const image = pins(lock);
    for (const [what, version] of pins(`requirements/${list}`))
      assert.equal(image.get(what), version, `${lock} lags behind in ${what}: npm run lock`);
    const hashed = read(lock).split(/\n(?=\S)/);
    assert.ok(hashed.every((entry) => entry.includes('--hash=sha256:')));
  }
});

void test('the dev container is a stage of the Dockerfile, with its user', () => {
  const settings = JSON.parse(read('.devcontainer/devcontainer.json')) as {
    build: { dockerfile: string; context: string; target: string };
    remoteUser: string;
    postCreateCommand: string;
  };
  const folder = join(root, '.devcontainer');
  assert.equal(resolve(folder, settings.build.dockerfile), join(root, 'docker', 'Dockerfile'));
  assert.equal(resolve(folder, settings.build.context), dirname(join(root, 'package.json')));
  assert.ok(stages.includes(settings.build.target));
  assert.equal(settings.remoteUser, argument('NB_USER'));
  const [, script = ''] = /^npm run ([\w:]+)/.exec(settings.postCreateCommand) ?? [];
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  assert.ok(script in scripts);
});

void test('compose publishes to this machine alone, and what it mounts is there with its owner', () => {
  const compose = read('docker/compose.yaml');
  const ports = [...compose.matchAll(/ports: \['(.*):\d+'\]/g)].map(([, outer]) => outer);
  assert.ok(ports.length > 0 && ports.every((port) => port?.startsWith('127.0.0.1:')));
  const dockerfile = read('docker/Dockerfile').replaceAll('${NB_USER}', argument('NB_USER') ?? '');
  const made = instructionMaking(dockerfile);
  const volumes = [...compose.matchAll(/^ +- (\w+):(\/\S+)$/gm)];
  assert.equal(volumes.length, 3);
  for (const [, name, target] of volumes) {
    assert.match(compose, new RegExp(`^  ${name}:$`, 'm'));
    assert.ok(made.includes(target ?? ''), `the image does not make ${target}: it would belong to root`);
  }
});

function instructionMaking(dockerfile: string): string {
  return /^RUN mkdir -p (.*) \\$/m.exec(dockerfile)?.[1] ?? '';
}
