import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

/** How a download ended. */
export type FetchResult = { readonly bytes: number } | { readonly error: string };

/** Runs in a thread of its own, for only there can JavaScript wait for the network while a constructor runs. */
const program = `
const { workerData: { url, path, port, signal, stall } } = require('node:worker_threads');
const { createWriteStream } = require('node:fs');
const { once } = require('node:events');
const why = (e) => [e, e.cause].filter(Boolean).map((x) => x.message || x.code || String(x)).join(': ');
(async () => {
  const abort = new AbortController();
  let timer = setTimeout(() => abort.abort(new Error('no answer for ' + stall / 1000 + ' s')), stall);
  const response = await fetch(url, { signal: abort.signal });
  if (!response.ok) throw new Error('the server answered ' + response.status + ' ' + response.statusText);
  const file = createWriteStream(path);
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    timer.refresh();
    bytes += chunk.length;
    if (!file.write(chunk)) await once(file, 'drain');
  }
  clearTimeout(timer);
  file.end();
  await once(file, 'close');
  const expected = Number(response.headers.get('content-length'));
  if (expected && !response.headers.get('content-encoding') && expected !== bytes)
    throw new Error('the connection ended after ' + bytes + ' of ' + expected + ' bytes');
  return { bytes };
})().catch((e) => ({ error: why(e) })).then((result) => {
  port.postMessage(result);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
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
    const answer = receiveMessageOnPort(port1) as { message: FetchResult } | undefined;
    return answer?.message ?? { error: 'internal: the download thread gave no answer' };
  } finally {
    port1.close();
    void worker.terminate();
  }
}
