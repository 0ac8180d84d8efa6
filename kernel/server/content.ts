/** @file What is checked of a request's content, and made of an outcome for a reply's. */
import type { Message, Payload } from '../protocol/messages.js';
import type { Outcome } from '../session/session.js';

/** What a reply tells the front end to do. */
export function payloads({ page, nextInput }: Outcome): Payload[] {
  return [
    ...(page ? [{ source: 'page' as const, data: page, start: 0 }] : []),
    ...(nextInput === undefined
      ? []
      : [{ source: 'set_next_input' as const, text: nextInput, replace: false }]),
  ];
}

const FIELDS: Readonly<Record<string, Readonly<Record<string, 'string' | 'number'>>>> = {
  execute_request: { code: 'string' },
  complete_request: { code: 'string', cursor_pos: 'number' },
  inspect_request: { code: 'string', cursor_pos: 'number' },
  is_complete_request: { code: 'string' },
  history_request: { hist_access_type: 'string' },
  debug_request: { command: 'string' },
};

/** What is wrong with the content of a request, in words. */
export function wrongField({ header, content }: Message): string | undefined {
  for (const [field, type] of Object.entries(FIELDS[header.msg_type] ?? {})) {
    const value = (content as Record<string, unknown>)[field];
    if (typeof value !== type)
      return `${header.msg_type}: ${field} must be a ${type}, got ${JSON.stringify(value)}`;
  }
  return undefined;
}
