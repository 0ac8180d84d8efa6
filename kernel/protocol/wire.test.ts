import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Wire, WireError } from './wire.js';

const KEY = 'a key';

/** A signed message as a front end sends it: identity, delimiter, signature, then four parts of JSON and a buffer. */
function message(key = KEY): Uint8Array[] {
  const wire = new Wire(key);
  return wire.encode({
    identities: [Buffer.from('client')],
    header: wire.header('kernel_info_request'),
    parent_header: {},
    metadata: {},
    content: { a: 1 },
    buffers: [Buffer.from([0, 255])],
  });
}

test('a signed message is read, with its identities and buffers', () => {
  const { header, content, identities, buffers } = new Wire(KEY).decode(message());
  assert.equal(header.msg_type, 'kernel_info_request');
  assert.deepEqual(content, { a: 1 });
  assert.deepEqual([identities.length, [...buffers[0]!]], [1, [0, 255]]);
});

test('a changed byte in any signed part, or in the signature, is refused before it is parsed', () => {
  for (let frame = 2; frame < 7; frame++) {
    const frames = message().map((part) => Buffer.from(part));
    frames[frame]![0]! ^= 1; // for a part also the end of its JSON: a parser would say so
    assert.throws(() => new Wire(KEY).decode(frames), /signature does not match the connection key/);
  }
});

test('another key, a signature of another length and none at all are refused', () => {
  for (const signature of [message('another')[2]!, Buffer.from('ab'), Buffer.alloc(0)]) {
    const frames = message();
    frames[2] = signature;
    assert.throws(() => new Wire(KEY).decode(frames), WireError);
  }
});

test('a message that comes again is refused', () => {
  const wire = new Wire(KEY);
  const frames = message();
  wire.decode(frames);
  assert.throws(() => wire.decode(frames), /already received/);
});

test('without a key nothing is signed and nothing is asked for', () => {
  const frames = message('');
  assert.equal(frames[2]!.length, 0);
  assert.deepEqual(new Wire('').decode(frames).content, { a: 1 });
});
