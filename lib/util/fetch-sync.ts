import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { whyNot } from './whole-file.js';

/** How a download ended. */
export type FetchResult = { readonly bytes: number } | { readonly error: string };

type Answer = { bytes: number } | { error: string; code?: string };

/** Runs in a thread of its own, for only there can JavaScript wait for the network while a constructor runs. */
const program = `
const { workerData: { url, path, port, signal, stall } } = require('node:worker_threads');
const fs = require('node:fs');
const finish = () => {
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
};
process.on('exit', finish); // whatever this thread may die of, nobody waits for it any longer
const why = (e) => [e, e.cause].filter(Boolean).map((x) => x.message || x.code || String(x)).join(': ');
(async () => {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error('no answer for ' + stall / 1000 + ' s')), stall);
  const response = await fetch(url, { signal: abort.signal });
  if (!response.ok) throw new Error('the server answered ' + response.status + ' ' + response.statusText);
  const file = fs.openSync(path, 'w');
  let bytes = 0;
  try {
    for await (const chunk of response.body ?? []) {
      timer.refresh();
      bytes += chunk.length;
      fs.writeFileSync(file, chunk);
    }
  } finally {
    clearTimeout(timer);
    fs.closeSync(file);
  }
  const expected = Number(response.headers.get('content-length'));
  if (expected && !response.headers.get('content-encoding') && expected !== bytes)
    throw new Error('the connection ended after ' + bytes + ' of ' + expected + ' bytes');
  return { bytes };
})().catch((e) => ({ error: why(e), code: e.code })).then((result) => {
  port.postMessage(result);
  finish();
});
`;

/**
 * Fetches a URL into a file and waits for it.
 *
 * @param stall milliseconds without a byte after which it is given up.
 */
export function fetchSync(url: string, path: string, stall = 30000): FetchResult {
  const signal = new Int32Array(new SharedArrayBuffer(4));
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(program, {
    eval: true,
    workerData: { url, path, port: port2, signal, stall },
    transferList: [port2],
  });
  try {
    // short waits, so that a stop request can end them
    while (Atomics.load(signal, 0) === 0) Atomics.wait(signal, 0, 0, 100);
    const answer = receiveMessageOnPort(port1) as { message: Answer } | undefined;
    const result = answer?.message ?? { error: 'internal: the download thread gave no answer' };
    if (!('error' in result)) return result;
    return { error: whyNot({ code: result.code, message: result.error }) };
  } finally {
    port1.close();
    void worker.terminate();
  }
}
