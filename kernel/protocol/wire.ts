/** @file Frames ⇄ messages. The signature is checked on the raw bytes, in constant time, before anything is parsed. */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { type Header, type Message, PROTOCOL_VERSION } from './messages.js';

const DELIMITER = Buffer.from('<IDS|MSG>');

/** A message that cannot be trusted or understood; the kernel logs it and lives on. */
export class WireError extends Error {}

/** Signs and reads messages with one connection's key; an empty key means no signatures. */
export class Wire {
  readonly session = randomUUID();
  readonly #username = process.env['USER'] ?? 'kernel';
  readonly #seen = new Set<string>();

  constructor(private readonly key: string) {}

  /** @throws WireError that says what is wrong with the frames */
  decode(frames: readonly Uint8Array[]): Message {
    const at = delimiterOf(frames);
    const [signature, header, parent, metadata, content, ...buffers] = frames.slice(at + 1);
    if (!signature || !header || !parent || !metadata || !content) {
      throw new WireError(
        `message has ${frames.length - at - 1} frames after the delimiter, at least 5 are needed`,
      );
    }
    this.#verify(signature, [header, parent, metadata, content]);
    const message: Message = {
      identities: frames.slice(0, at),
      header: parse(header, 'header') as unknown as Header,
      parent_header: parse(parent, 'parent header'),
      metadata: parse(metadata, 'metadata'),
      content: parse(content, 'content'),
      buffers,
    };
    if (typeof message.header.msg_type !== 'string') throw new WireError('header has no msg_type');
    return message;
  }

  encode(message: Omit<Message, 'header'> & { header: Header }): Uint8Array[] {
    const parts = [message.header, message.parent_header, message.metadata, message.content].map((part) =>
      Buffer.from(JSON.stringify(part)),
    );
    return [...message.identities, ...this.seal(parts), ...message.buffers];
  }

  /** The parts of a message, signed. */
  seal(parts: readonly Uint8Array[]): Uint8Array[] {
    return [DELIMITER, Buffer.from(this.#sign(parts)), ...parts];
  }

  /** The parts of a message of any form that has no buffers. @throws WireError when they are not signed with the key */
  open(frames: readonly Uint8Array[]): Uint8Array[] {
    const [signature, ...parts] = frames.slice(delimiterOf(frames) + 1);
    if (!signature || !parts.length) throw new WireError('message has nothing behind its signature');
    this.#verify(signature, parts);
    return parts;
  }

  header(msg_type: string): Header {
    return {
      msg_id: randomUUID(),
      session: this.session,
      username: this.#username,
      date: new Date().toISOString(),
      msg_type,
      version: PROTOCOL_VERSION,
    };
  }

  #sign(parts: readonly Uint8Array[]): string {
    if (!this.key) return '';
    const hmac = createHmac('sha256', this.key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }

  #verify(signature: Uint8Array, parts: readonly Uint8Array[]): void {
    if (!this.key) return;
    const expected = Buffer.from(this.#sign(parts));
    if (expected.length !== signature.length || !timingSafeEqual(expected, signature)) {
      throw new WireError('message signature does not match the connection key');
    }
    const text = expected.toString();
    if (this.#seen.has(text)) throw new WireError('message was already received (replayed signature)');
    this.#seen.add(text);
    // A replay older than this many messages carries an id the kernel no longer acts on.
    if (this.#seen.size > 65_536) this.#seen.delete(this.#seen.values().next().value!);
  }
}

function delimiterOf(frames: readonly Uint8Array[]): number {
  const at = frames.findIndex((frame) => DELIMITER.equals(frame));
  if (at < 0) throw new WireError(`message of ${frames.length} frames has no <IDS|MSG> delimiter`);
  return at;
}

function parse(frame: Uint8Array, what: string): Record<string, never> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('utf8'));
  } catch (error) {
    throw new WireError(`message ${what} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireError(`message ${what} must be a JSON object`);
  }
  return value as Record<string, never>;
}
