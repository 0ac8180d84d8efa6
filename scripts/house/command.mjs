/** @file Running other programs: their output kept, their failure turned into one message with a next step. */
import fs from 'node:fs';
import path from 'node:path';
import url from 'node:url';
import childProcess from 'node:child_process';
import { logs, root, short } from './paths.mjs';

/** What went wrong, as a person would say it, and what to do about it. */
export class Failure extends Error {
  /** @param {string} what @param {string} next @param {string} [detail] lines of the program's own output */
  constructor(what, next, detail = '') {
    super(what);
    this.next = next;
    this.detail = detail;
  }
}

const running = new Map();
let stopping;

/** The signal that is ending this run, if any. */
export function stopSignal() {
  return stopping;
}

/** From here on a signal ends the children first, then this program with the signal's own exit code. */
export function forwardSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      stopping ??= signal;
      for (const [child, ending] of running) end(child, ending ?? signal);
      if (running.size === 0) process.exit(exitCode(signal));
    });
  }
}

/** The exit code that shells give to a program ended by a signal. */
export function exitCode(signal) {
  return { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[signal] ?? 1;
}

function end(child, signal) {
  try {
    // The children lead their own process groups, so what they started ends with them.
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // It has already gone.
  }
}

/**
 * Starts a program that ends with us; its output goes where `stdio` says. On a signal it is sent that signal, or
 * `ending` where a program ends orderly by that one alone.
 * @returns {{child: childProcess.ChildProcess, done: Promise<{code: number, signal: string | null}>}}
 */
export function start(command, args, { ending, ...options } = {}) {
  const child = childProcess.spawn(command, args, {
    cwd: root,
    detached: process.platform !== 'win32',
    ...options,
  });
  running.set(child, ending);
  const done = new Promise((resolve, reject) => {
    child.on('error', (error) => {
      running.delete(child);
      reject(error);
    });
    child.on('close', (code, signal) => {
      running.delete(child);
      resolve({ code: code ?? exitCode(signal), signal });
    });
  });
  return { child, done };
}

/**
 * Runs a step of the set-up: one line when it begins, news while it runs, its time when it ends.
 * @param {string} label what the step does
 * @param {string} command
 * @param {string[]} args
 * @param {{env?: object, log: string, news?: (line: string) => string | undefined, explain?: (output: string) => Failure | undefined}} options
 * @returns {Promise<string>} the program's output
 */
export async function step(label, command, args, { env, log, news, explain }) {
  say(`· ${label} …`);
  const began = Date.now();
  const { output, code } = await capture(command, args, { env, log, news });
  if (stopping)
    throw new Failure(`stopped by ${stopping}`, 'run the same command again: it goes on from here');
  if (code !== 0) throw explain?.(output) ?? explainCommon(output, label) ?? unexplained(label, output, log);
  say(`✔ ${label} (${seconds(began)})`);
  return output;
}

async function capture(command, args, { env, log, news }) {
  fs.mkdirSync(logs, { recursive: true });
  const file = fs.createWriteStream(path.join(logs, `${log}.log`));
  // On a full disk the log is lost first; the step itself then says why.
  file.on('error', () => {});
  const { child, done } = start(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: process.platform === 'win32',
  });
  let output = '';
  const take = (chunk) => {
    file.write(chunk);
    output += chunk;
    if (!news) return;
    for (const line of String(chunk).split('\n')) {
      const text = news(line);
      if (text) say(`    ${text}`);
    }
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const { code } = await done.finally(() => file.end());
  return { output, code };
}

const NO_NETWORK =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|Temporary failure in name resolution|Name or service not known|Failed to establish a new connection|Max retries exceeded|Read timed out|Could not resolve host/;

/** Why a step failed, where the reason is the machine rather than the step. */
export function explainCommon(output, label) {
  if (/ENOSPC|No space left on device|Errno 28\b/.test(output)) {
    const places = [...new Set([root, process.env.TMPDIR ?? '/tmp'])].join(' or ');
    return new Failure(
      `${label}: no space left on the disk`,
      `free some space in ${places}, then run it again`,
    );
  }
  if (NO_NETWORK.test(output)) {
    const next =
      'connect to the network and run it again (behind a proxy: set HTTPS_PROXY; with a mirror: configure npm and pip for it)';
    return new Failure(`${label}: the package registry does not answer`, next);
  }
  if (/EACCES|EROFS|Permission denied|Read-only file system/.test(output)) {
    return new Failure(
      `${label}: no permission to write`,
      `make ${root} writable for you, then run it again`,
    );
  }
  return undefined;
}

function unexplained(label, output, log) {
  const tail = output.trimEnd().split('\n').slice(-12).join('\n');
  const file = short(path.join(logs, `${log}.log`));
  return new Failure(
    `${label}: failed`,
    `the whole output is in ${file}; mend what it names and run it again`,
    tail,
  );
}

/** One line of progress. */
export function say(line) {
  process.stdout.write(`${line}\n`);
}

/** The time since `began`, as people write it: `3.2 s`, `2 min 05 s`. */
export function seconds(began) {
  const s = (Date.now() - began) / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  return `${Math.floor(s / 60)} min ${String(Math.round(s % 60)).padStart(2, '0')} s`;
}

/** True in the script that Node was asked to run, false where it is imported. */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && fs.realpathSync(process.argv[1]) === url.fileURLToPath(moduleUrl);
}

/** Runs a script's main function; a Failure is printed as what happened and what to do next. */
export async function main(task) {
  forwardSignals();
  try {
    process.exitCode = (await task()) ?? 0;
  } catch (thrown) {
    const error = asFailure(thrown);
    if (error.detail) process.stderr.write(`${error.detail}\n`);
    process.stderr.write(`✖ ${error.message}\n  next: ${error.next}\n`);
    process.exitCode = stopping ? exitCode(stopping) : 1;
  }
}

function asFailure(thrown) {
  if (thrown instanceof Failure) return thrown;
  const common = explainCommon(String(thrown), 'set-up');
  if (common) return common;
  if (!thrown.code?.startsWith('ERR_PARSE_ARGS')) throw thrown;
  return new Failure(thrown.message.split('\n')[0], 'the same command with --help lists the options');
}
