/**
 * @file Every Jupyter message this kernel receives or sends, and the map from request to reply.
 * Field names are the wire's. Source: the Jupyter messaging protocol, version 5.5.
 */

import type { DebugEvent, DebugRequest, DebugResponse } from '../debug/protocol.js';

export const PROTOCOL_VERSION = '5.5';

export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
  subshell_id?: string | null;
}

export type Channel = 'shell' | 'control' | 'stdin' | 'iopub';

/** A message as the kernel handles it; `identities` route the answer back. */
export interface Message<Content = unknown> {
  identities: Uint8Array[];
  header: Header;
  parent_header: Header | Record<string, never>;
  metadata: Record<string, unknown>;
  content: Content;
  buffers: Uint8Array[];
}

/** Representations of one value by MIME type; JSON types are objects, all others strings. */
export type MimeBundle = Record<string, unknown>;

export interface ErrorContent {
  ename: string;
  evalue: string;
  traceback: string[];
}

export type ErrorReply = { status: 'error' } & ErrorContent;
export type Ok<T = object> = { status: 'ok' } & T;
export type Reply<T = object> = Ok<T> | ErrorReply;

export interface ExecuteRequest {
  code: string;
  silent?: boolean;
  store_history?: boolean;
  user_expressions?: Record<string, string>;
  allow_stdin?: boolean;
  stop_on_error?: boolean;
}

export type Payload =
  | { source: 'page'; data: MimeBundle; start: number }
  | { source: 'set_next_input'; text: string; replace: boolean };

export interface UserExpressionResult {
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

export type ExecuteReply =
  | ({ execution_count: number } & (
      | Ok<{ payload: Payload[]; user_expressions: Record<string, Ok<UserExpressionResult> | ErrorReply> }>
      | ErrorReply
    ))
  | { status: 'aborted' };

export interface DisplayContent {
  data: MimeBundle;
  metadata: Record<string, unknown>;
  transient?: { display_id?: string };
}

export interface CompleteReply {
  matches: string[];
  cursor_start: number;
  cursor_end: number;
  metadata: Record<string, unknown>;
}

export interface InspectReply {
  found: boolean;
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

export type IsCompleteReply =
  { status: 'complete' | 'invalid' | 'unknown' } | { status: 'incomplete'; indent: string };

export interface HistoryRequest {
  output?: boolean;
  raw?: boolean;
  hist_access_type: 'tail' | 'range' | 'search';
  session?: number;
  start?: number;
  stop?: number | null;
  n?: number;
  pattern?: string;
  unique?: boolean;
}

/** (session, line number, input) or, with `output`, (session, line number, (input, output)). */
export type HistoryEntry = [number, number, string | [string, string | null]];

export interface CommOpen {
  comm_id: string;
  target_name: string;
  target_module?: string;
  data: Record<string, unknown>;
}

export interface CommMsg {
  comm_id: string;
  data: Record<string, unknown>;
}

/** request → [content of the request, content of the reply] */
export interface Requests {
  kernel_info_request: [object, Ok<KernelInfo>];
  connect_request: [object, object];
  execute_request: [ExecuteRequest, ExecuteReply];
  complete_request: [{ code: string; cursor_pos: number }, Reply<CompleteReply>];
  inspect_request: [{ code: string; cursor_pos: number; detail_level?: 0 | 1 }, Reply<InspectReply>];
  is_complete_request: [{ code: string }, IsCompleteReply];
  history_request: [HistoryRequest, Ok<{ history: HistoryEntry[] }>];
  comm_info_request: [{ target_name?: string }, Ok<{ comms: Record<string, { target_name: string }> }>];
  shutdown_request: [{ restart: boolean }, Ok<{ restart: boolean }>];
  interrupt_request: [object, Ok];
  usage_request: [object, Record<string, unknown>];
  debug_request: [DebugRequest, DebugResponse];
}

/** Messages that a front end sends without expecting a reply. */
export interface Notices {
  comm_open: CommOpen;
  comm_msg: CommMsg;
  comm_close: CommMsg;
}

/** What the kernel publishes on iopub. */
export interface Published {
  status: { execution_state: 'starting' | 'busy' | 'idle' };
  execute_input: { code: string; execution_count: number };
  execute_result: DisplayContent & { execution_count: number };
  display_data: DisplayContent;
  update_display_data: DisplayContent;
  stream: { name: 'stdout' | 'stderr'; text: string };
  error: ErrorContent;
  clear_output: { wait: boolean };
  comm_open: CommOpen;
  comm_msg: CommMsg;
  comm_close: CommMsg;
  shutdown_reply: Ok<{ restart: boolean }>;
  debug_event: DebugEvent;
  iopub_welcome: { subscription: string };
}

export interface KernelInfo {
  protocol_version: string;
  implementation: string;
  implementation_version: string;
  language_info: Record<string, unknown>;
  banner: string;
  help_links: { text: string; url: string }[];
  debugger: boolean;
  supported_features: string[];
}
