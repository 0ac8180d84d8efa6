/** @file `npm start`: the set-up where needed, then JupyterLab on notebooks/. */
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { Failure, isMain, main, say, start, stopSignal } from './house/command.mjs';
import { venvEnvironment } from './house/environment.mjs';
import { root, venvPython } from './house/paths.mjs';
import { setup } from './setup.mjs';

const HELP = `npm start [-- options]
  --port N      the port to listen on (8888, or the next free one)
  --no-browser  print the address, open nothing
  anything else goes to JupyterLab (python -m jupyterlab --help lists it)`;
const BOOK = 'timemachine.txt';
const BOOK_URL = `http://d2l-data.s3-accelerate.amazonaws.com/${BOOK}`;
const GRACE = 10_000;

async function command() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return say(HELP);
  await setup();
  const port = await choosePort(options.port);
  const env = venvEnvironment();
  if (await lacksBook(env)) env.D2L_SOURCE = 'sample';
  return runLab(labArguments(port, options.rest), env);
}

function readOptions(argv) {
  const rest = [...argv];
  const at = rest.findIndex((arg) => arg === '--port' || arg.startsWith('--port='));
  const given = at < 0 ? [] : rest.splice(at, rest[at] === '--port' ? 2 : 1);
  const text = given[1] ?? given[0]?.slice('--port='.length);
  const port = at < 0 ? undefined : Number(text);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65536)) {
    throw new Failure(
      `--port wants a number from 1 to 65535, not ${text ?? 'nothing'}`,
      'npm start -- --port 8889',
    );
  }
  return { port, rest, help: rest.includes('--help') || rest.includes('-h') };
}

/** The port asked for, or the first free one from 8888 on. */
async function choosePort(asked) {
  if (asked !== undefined) {
    if (await isFree(asked)) return asked;
    const next = await firstFree(asked + 1);
    throw new Failure(`port ${asked} is taken`, `npm start -- --port ${next}`);
  }
  const port = await firstFree(8888);
  if (port !== 8888) say(`· port 8888 is taken: using ${port}`);
  return port;
}

async function firstFree(from) {
  for (let port = from; port < Math.min(from + 100, 65536); port++) if (await isFree(port)) return port;
  throw new Failure(`no free port from ${from} on`, 'name one: npm start -- --port N');
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)));
  });
}

/** Without network and without the book on this machine the notebooks train on the sample text, and we say so. */
async function lacksBook(env) {
  if (env.D2L_SOURCE || bookFolders(env).some((folder) => fs.existsSync(path.join(folder, BOOK))))
    return false;
  try {
    const url = env.D2L_DATA_URL ? env.D2L_DATA_URL.replace(/\/?$/, `/${BOOK}`) : BOOK_URL;
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(3000) });
    return false;
  } catch {
    say(
      '! no network, and The Time Machine is not on this machine: the notebooks use the sample text in data/.',
    );
    say(`  next: connect and start again, or put ${BOOK} into a folder and name the folder in D2L_DATA.`);
    return true;
  }
}

function bookFolders({ D2L_DATA, D2L_CACHE, XDG_CACHE_HOME }) {
  const cache = D2L_CACHE ?? path.join(XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'd2l-ts');
  return [...(D2L_DATA ? [D2L_DATA] : []), path.join(root, 'data'), cache];
}

function labArguments(port, rest) {
  const args = ['-m', 'jupyterlab', `--ServerApp.root_dir=${path.join(root, 'notebooks')}`, `--port=${port}`];
  args.push('--ServerApp.port_retries=0');
  // Jupyter takes an option once only.
  if (!rest.some((arg) => arg.startsWith('--log-level') || arg === '--debug')) args.push('--log-level=WARN');
  // Containers give no other user; Jupyter asks for this flag there.
  if (process.getuid?.() === 0 && !rest.includes('--allow-root')) args.push('--allow-root');
  return [...args, ...rest];
}

async function runLab(args, env) {
  say('· JupyterLab starts; Ctrl-C ends it');
  const stdio = ['ignore', 'inherit', 'inherit'];
  // Without a terminal on its input a Ctrl-C ends Jupyter at once and leaves the kernels running.
  const { child, done } = start(venvPython, args, { env, stdio, ending: 'SIGTERM' });
  const insist = () => setTimeout(() => process.kill(-child.pid, 'SIGKILL'), GRACE).unref();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, insist);
  const { code } = await done;
  if (stopSignal()) {
    say('· JupyterLab has ended');
    return 0;
  }
  if (code === 0) return 0;
  throw new Failure(`JupyterLab ended with exit code ${code}`, 'its last lines above say why');
}

if (isMain(import.meta.url)) await main(command);
