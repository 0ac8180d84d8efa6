/**
 * @file The door out of the runner: whatever leaves it is JSON when it leaves, made so in the cell's own turn, where
 * what cannot be made so is the cell's error.
 */
import { types } from 'node:util';
import type { CommEvent, FromRunner, MimeBundle } from './ipc.js';
import { clipped, inspected, safely } from './safely.js';

const MIME_TYPE = /^[a-z]+\/[\w.+-]+$/;
/** Types that every front end reads as text. JSON is for the others. */
const IS_TEXT = /^(text|image|audio|video)\/(?!.*\+json$)/;
/** Python's json, in which most clients read, gives up a little below 1000. */
const MAX_DEPTH = 500;

/** Whether all keys of an object are MIME types. */
export function hasMimeTypes(value: unknown): value is MimeBundle {
  if (typeof value !== 'object' || value === null) return false;
  const keys = safely(() => Object.keys(value)) ?? [];
  return keys.length > 0 && keys.every((key) => MIME_TYPE.test(key));
}

/** Whether an object that somebody displays is a bundle already: a plain one, all of its keys are MIME types. */
export function isBundle(value: unknown): value is MimeBundle {
  if (!hasMimeTypes(value) || types.isProxy(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Representations as they go over the wire: bytes as base64, text as it is, all else as JSON. @throws TypeError */
export function encodeBundle(bundle: MimeBundle): MimeBundle {
  const encoded: MimeBundle = {};
  for (const [type, data] of Object.entries(wantObject(bundle, 'display', 'a bundle of MIME types'))) {
    if (data !== undefined) encoded[type] = encode(type, data);
  }
  return encoded;
}

function encode(type: string, data: unknown): unknown {
  if (typeof data === 'string') return data;
  if (types.isUint8Array(data)) return Buffer.from(data).toString('base64');
  if (!IS_TEXT.test(type)) return jsonCopy(data, type);
  // Notebook files keep text as a list of lines.
  if (Array.isArray(data) && data.every((line) => typeof line === 'string')) return data.join('');
  throw new TypeError(`display: ${type} must be a string, got ${shown(data)}; write String(…) around it`);
}

/** What JSON makes of a value. @param what names it in errors @throws Error where JSON or its readers cannot take it */
export function jsonCopy(value: unknown, what: string): unknown {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`${what}: ${shown(value)} cannot be written as JSON`);
  if (isDeeperThan(MAX_DEPTH, text)) {
    const message = `${what} is nested more than ${MAX_DEPTH} levels deep, which front ends do not read; show a part of it`;
    throw new RangeError(message);
  }
  return JSON.parse(text) as unknown;
}

function isDeeperThan(limit: number, json: string): boolean {
  if (json.length < 2 * limit) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < json.length; i++) {
    const c = json[i];
    if (quoted && c === '\\') i++;
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === '[' || c === '{') && ++depth > limit) return true;
    else if (!quoted && (c === ']' || c === '}')) depth--;
  }
  return false;
}

const shown = (value: unknown): string => clipped(inspected(value, { depth: 0, breakLength: Infinity }), 100);

function wantObject(value: unknown, who: string, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new TypeError(`${who} takes ${what}, got ${shown(value)}`);
  return value as Record<string, unknown>;
}

function want<T extends string | undefined>(value: T, who: string, what: string): T {
  if (value !== undefined && typeof value !== 'string')
    throw new TypeError(`${who}: ${what} must be a string, got ${shown(value)}`);
  return value;
}

const jsonObject = (value: unknown, who: string, what: string): Record<string, unknown> =>
  jsonCopy(wantObject(value, who, `${what} that is an object`), `${who}: ${what}`) as Record<string, unknown>;

function encodeComm(event: CommEvent): CommEvent {
  return {
    ...event,
    commId: want(event.commId, 'comm', 'its id'),
    ...(event.target !== undefined && { target: want(event.target, 'comm', 'its target') }),
    data: jsonObject(event.data, 'comm', 'data'),
    metadata: jsonObject(event.metadata, 'comm', 'metadata'),
    buffers: Array.from(event.buffers, bytesOf),
  };
}

function bytesOf(buffer: unknown): Uint8Array {
  if (ArrayBuffer.isView(buffer)) return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  if (types.isAnyArrayBuffer(buffer)) return new Uint8Array(buffer);
  throw new TypeError(`comm: buffers must be bytes, got ${shown(buffer)}`);
}

/** A message as it may leave. @throws Error for what is no JSON, or of the wrong type */
export function outgoing(message: FromRunner): FromRunner {
  switch (message.type) {
    case 'display': {
      const { data, metadata, displayId } = message;
      const id = want(displayId, 'display', 'displayId');
      return {
        ...message,
        data: encodeBundle(data),
        metadata: jsonObject(metadata, 'display', 'metadata'),
        ...(id !== undefined && { displayId: id }),
        update: Boolean(message.update),
      };
    }
    case 'comm':
      return { ...message, event: encodeComm(message.event) };
    case 'clear':
      return { ...message, wait: Boolean(message.wait) };
    case 'input':
      want(message.prompt, 'input', 'the prompt');
      return { ...message, password: Boolean(message.password) };
    default:
      return message;
  }
}
