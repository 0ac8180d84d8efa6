import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import * as d2l from '../main.js';

// A server in a thread of its own: download waits in this one.
const server = new Worker(
  `const { parentPort } = require('node:worker_threads');
   require('node:http').createServer((request, response) => {
     if (request.url === '/good/data.txt') return response.end('the data');
     if (request.url === '/bad/data.txt') return response.end('not the data');
     if (request.url === '/cut/data.txt') {
       response.writeHead(200, { 'content-length': 100 });
       response.write('the');
       return setTimeout(() => response.destroy(), 20);
     }
     response.writeHead(404);
     response.end();
   }).listen(0, '127.0.0.1', function () { parentPort.postMessage(this.address().port); });`,
  { eval: true },
);
const sha1 = createHash('sha1').update('the data').digest('hex');
const root = mkdtempSync(join(tmpdir(), 'd2l-ts-'));
let base = '';
let cache = '';
let said: string[] = [];
const { log } = console;

before(async () => {
  base = await new Promise((resolve) =>
    server.once('message', (port) => resolve(`http://127.0.0.1:${port}`)),
  );
});
beforeEach(() => {
  cache = mkdtempSync(join(root, 'cache-'));
  process.env['D2L_CACHE'] = cache;
  delete process.env['D2L_DATA'];
  delete process.env['D2L_DATA_URL'];
  said = [];
  console.log = (text: string) => said.push(text);
});
after(async () => {
  console.log = log;
  rmSync(root, { recursive: true });
  await server.terminate();
});

test('a file is fetched once, checked, and then found without a word', () => {
  const path = d2l.download(`${base}/good/data.txt`, undefined, sha1);
  assert.equal(path, join(cache, 'data.txt'));
  assert.equal(readFileSync(path, 'utf8'), 'the data');
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /^Downloading .*data\.txt from http/);
  assert.equal(d2l.download('http://127.0.0.1:1/data.txt', undefined, sha1), path);
  assert.equal(said.length, 1);
});

test('D2L_DATA comes first, a folder given comes before it', () => {
  const folder = mkdtempSync(join(root, 'data-'));
  writeFileSync(join(folder, 'data.txt'), 'the data');
  process.env['D2L_DATA'] = folder;
  assert.equal(d2l.download('http://127.0.0.1:1/data.txt', undefined, sha1), join(folder, 'data.txt'));
  const other = join(root, 'other');
  assert.equal(d2l.download(`${base}/good/data.txt`, other, sha1), join(other, 'data.txt'));
});

test('a damaged file is replaced; what came damaged is never kept', () => {
  writeFileSync(join(cache, 'data.txt'), 'the dat');
  d2l.download(`${base}/good/data.txt`, undefined, sha1);
  assert.equal(readFileSync(join(cache, 'data.txt'), 'utf8'), 'the data');
  assert.match(said[0] ?? '', /is not the right file: its SHA-1 is/);
  for (const kind of ['bad', 'cut', 'none']) {
    rmSync(join(cache, 'data.txt'), { force: true });
    assert.throws(() => d2l.download(`${base}/${kind}/data.txt`, undefined, sha1), /could not get data\.txt/);
    assert.deepEqual(readdirSync(cache), []);
  }
});

test('a mirror is asked first, and the original after it', () => {
  process.env['D2L_DATA_URL'] = `${base}/bad`;
  d2l.download(`${base}/good/data.txt`, undefined, sha1);
  assert.deepEqual(
    said.map((line) => line.replace(/.* from /, '')),
    [`${base}/bad/data.txt...`, `${base}/good/data.txt...`],
  );
});

test('without a network the message says why and names three ways out', () => {
  assert.throws(
    () => d2l.download('http://127.0.0.1:1/data.txt', undefined, sha1),
    (error: Error) => {
      assert.match(error.message, /http:\/\/127\.0\.0\.1:1\/data\.txt: fetch failed/);
      for (const way of [/D2L_DATA \(looked in .*cache-/, /D2L_DATA_URL/, /source: 'sample'/]) {
        assert.match(error.message, way);
      }
      return true;
    },
  );
});
