/** @file A server started in a container the way an engine starts it, watched from outside, ended as `docker stop` ends it. */
import fs from 'node:fs';
import net from 'node:net';
import crypto from 'node:crypto';
import { tail } from './buildah.mjs';

const PATIENCE = 120_000;

/** A port of this machine that nobody listens on. */
export function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Waits until the condition holds. @throws Error that says what was waited for */
export async function until(what, condition, detail = () => '') {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`${what}: not after ${PATIENCE / 1000} s\n${detail()}`);
}

/** Those that a failed test has left behind: nobody else would end them. */
const running = new Set();

/** Ends what still runs. */
export function endServers() {
  for (const server of running) for (const pid of server.processes) process.kill(pid, 'SIGKILL');
  running.clear();
}

/** A running server in a container. */
export class Server {
  port;
  #container;
  #process;
  #options;
  /** Chroot isolation shares our process table: this marks what belongs to the container. */
  #mark = crypto.randomUUID();

  /** Starts `argv`, by default the image's own entry point and command, and waits until it is healthy. */
  static async start(container, { argv = container.argv, env = {}, port, ...options } = {}) {
    const server = new Server();
    server.port = port ?? (await freePort());
    server.#container = container;
    const mine = {
      JUPYTER_PORT: server.port,
      KG_PORT: server.port,
      TINI_SUBREAPER: 1,
      D2L_TEST_MARK: server.#mark,
    };
    server.#options = { ...options, env: { ...env, ...mine } };
    // The container has no network of its own here: an open address would be this machine's.
    server.#process = container.start([...argv, '--ServerApp.ip=127.0.0.1'], server.#options);
    running.add(server);
    await until(
      'the server is healthy',
      () => server.#isHealthy(),
      () => tail(server.log, 40),
    );
    return server;
  }

  #isHealthy() {
    const { code } = this.#process;
    if (code !== undefined) throw new Error(`the server has ended with ${code}\n${tail(this.log, 40)}`);
    const [kind, ...command] = this.#container.config.Healthcheck.Test;
    if (kind !== 'CMD') throw new Error(`the health check is of the kind ${kind}, not CMD`);
    return this.#container.run(command, this.#options).status === 0;
  }

  get log() {
    return this.#process.log;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The status of an answer, redirects not followed. */
  async status(path, token) {
    const headers = token ? { authorization: `token ${token}` } : {};
    const { status } = await fetch(this.url + path, { headers, redirect: 'manual' });
    return status;
  }

  async json(path, token) {
    const response = await fetch(this.url + path, { headers: { authorization: `token ${token}` } });
    return response.json();
  }

  /** The processes of the container, by number. */
  get processes() {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/environ`).includes(this.#mark))
      .map(Number);
  }

  /** What `docker stop` sends to the first process. @returns its exit code */
  async stop() {
    const first = this.processes.find((pid) => read(`/proc/${pid}/comm`) === 'tini\n');
    if (!first) throw new Error(`no tini among the processes ${this.processes}`);
    process.kill(first, 'SIGTERM');
    const code = await this.#process.ended;
    running.delete(this);
    return code;
  }
}

function read(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // it has just ended
  }
}
