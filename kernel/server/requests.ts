/** @file What the kernel answers to each request; the dispatcher in kernel.ts does everything that is the same for all. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PACKAGE } from '../package.js';
import type { DebugRequest, DebugResponse } from '../debug/protocol.js';
import type { Message, Requests, KernelInfo } from '../protocol/messages.js';
import { PROTOCOL_VERSION } from '../protocol/messages.js';
import type { Session } from '../session/session.js';
import { usage } from './usage.js';
import { toCodePoints, toUtf16 } from './cursor.js';
import type { Comms } from './comms.js';
import type { History } from './history.js';

/** What handlers may use of the kernel. */
export interface KernelState {
  readonly session: Session;
  readonly history: History;
  readonly comms: Comms;
  readonly ports: Record<string, number>;
  execute(message: Message): Promise<Requests['execute_request'][1]>;
  interrupt(request: Message): void;
  debug(request: DebugRequest): Promise<DebugResponse>;
  shutdown(restart: boolean): void;
}

type Handler<T extends keyof Requests> = (
  kernel: KernelState,
  content: Requests[T][0],
  message: Message,
) => Requests[T][1] | Promise<Requests[T][1]>;

const { version } = createRequire(import.meta.url)(join(PACKAGE, 'package.json')) as { version: string };

const LANGUAGE = {
  name: 'typescript',
  mimetype: 'application/typescript',
  file_extension: '.ts',
  pygments_lexer: 'typescript',
  codemirror_mode: 'typescript',
  nbconvert_exporter: 'script',
};

let compiler: string | undefined;

export function kernelInfo(): KernelInfo {
  compiler ??= (createRequire(import.meta.url)('typescript/package.json') as { version: string }).version;
  return {
    protocol_version: PROTOCOL_VERSION,
    implementation: 'd2l-ts',
    implementation_version: version,
    language_info: { ...LANGUAGE, version: compiler },
    banner: `d2l-ts ${version} — TypeScript ${compiler} on Node ${process.version}. %help lists what a cell can do.`,
    help_links: [
      { text: 'TypeScript', url: 'https://www.typescriptlang.org/docs/' },
      { text: 'Dive into Deep Learning', url: 'https://d2l.ai' },
    ],
    debugger: process.features.inspector,
    supported_features: process.features.inspector ? ['debugger'] : [],
  };
}

export const HANDLERS: { [T in keyof Requests]: Handler<T> } = {
  kernel_info_request: () => ({ status: 'ok', ...kernelInfo() }),
  connect_request: (kernel) => kernel.ports,
  execute_request: (kernel, _content, message) => kernel.execute(message),

  async complete_request({ session }, { code, cursor_pos }) {
    const { matches, start, end } = await session.complete(code, toUtf16(code, cursor_pos));
    const [cursor_start, cursor_end] = [toCodePoints(code, start), toCodePoints(code, end)];
    const types = matches.map(({ text, kind }) => ({
      start: cursor_start,
      end: cursor_end,
      text,
      type: kind,
    }));
    return {
      status: 'ok',
      matches: matches.map((match) => match.text),
      cursor_start,
      cursor_end,
      metadata: { _jupyter_types_experimental: types },
    };
  },

  async inspect_request({ session }, { code, cursor_pos, detail_level = 0 }) {
    const found = await session.inspect(code, toUtf16(code, cursor_pos), detail_level === 1);
    const data = found ? { 'text/plain': found.text, 'text/markdown': found.markdown } : {};
    return { status: 'ok', found: found !== undefined, data, metadata: {} };
  },

  is_complete_request: ({ session }, { code }) => session.isComplete(code),
  history_request: ({ history }, content) => ({ status: 'ok', history: history.query(content) }),
  comm_info_request: ({ comms }, { target_name }) => ({ status: 'ok', comms: comms.info(target_name) }),

  shutdown_request(kernel, { restart }) {
    kernel.shutdown(restart);
    return { status: 'ok', restart };
  },

  interrupt_request(kernel, _content, message) {
    kernel.interrupt(message);
    return { status: 'ok' };
  },

  debug_request: (kernel, content) => kernel.debug(content),
  usage_request: ({ session }) => usage(Object.values(session.pids)),
};
