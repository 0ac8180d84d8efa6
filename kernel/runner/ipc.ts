/**
 * @file Every message between the kernel and the runner, one union each way.
 * The rule: each `run` is answered by exactly one `done` with the same id, each `input` of the runner by one `input` of the
 * kernel, unless its cell is stopped first; everything else is a notice. Messages keep their order, so whatever a cell printed arrives before its `done`.
 */

/** The pipe for what the runner is told: after stdin, stdout and stderr. */
export const HEAR_FD = 3;
/** The pipe on which the kernel says Stop to the runner's watchdog. */
export const STOP_FD = 4;
/**
 * What is said on it, a byte each: stop; stop and wake from a pause; begin to debug. And with the leader's number and a
 * semicolon: a group of processes that is to end with the kernel; one that has ended.
 */
/** What is said, each with a number and a semicolon: of the run, of the group's leader. */
export const SAYS = { stop: '.', stopPaused: 'p', debug: 'd', group: '+', groupEnded: '-' } as const;
/** The pipe between the kernel and the runner's debug thread, unused until somebody debugs. */
export const DEBUG_FD: number = 5;
/** The pipe for what the runner says, see channel.ts. */
export const SPEAK_FD = 6;

/** Representations of one value by MIME type. */
export type MimeBundle = Record<string, unknown>;

export interface RunnerError {
  name: string;
  message: string;
  /** Lines to show, already mapped to the cells' own source. */
  stack: string[];
}

/** What a cell's compiled text needs to be run and its errors to be traced back. */
export interface CompiledCell {
  /** The number shown in `In [n]`, or 0 when the cell has none (silent). */
  count: number;
  source: string;
  code: string;
  /** Source maps from `code` back to `source`, applied in order. */
  maps: string[];
  /** Top-level names the cell declares. */
  names: string[];
  /** Those of them that are there from its start, of `var` and of functions; the others when it comes to them. */
  early: string[];
  /** Those that the language or Node has too: the cells' own live beside the globals, where only cells see them. */
  own: string[];
}

export type ToRunner =
  /** `run` counts what is run, of which a cell with magics may have several. */
  | { type: 'run'; id: number; run: number; cell: CompiledCell; stdin: boolean }
  | { type: 'input'; id: number; value: string | null }
  | { type: 'comm'; event: CommEvent }
  | { type: 'keys'; id: number; path: string[] };

export type FromRunner =
  | { type: 'ready' }
  /** The watchdog's thread begins: from now on Stop goes to its pipe; before, it is a plain SIGINT. */
  | { type: 'watched' }
  | { type: 'stream'; cell: number; name: 'stdout' | 'stderr'; text: string }
  | { type: 'display'; cell: number; update: boolean; data: MimeBundle; metadata: object; displayId?: string }
  | { type: 'clear'; cell: number; wait: boolean }
  | { type: 'late-error'; cell: number; error: RunnerError }
  | { type: 'input'; id: number; cell: number; prompt: string; password: boolean }
  | { type: 'comm'; cell: number; event: CommEvent }
  | { type: 'keys'; id: number; keys: string[] }
  | {
      type: 'done';
      id: number;
      result?: { data: MimeBundle; metadata: object };
      error?: RunnerError;
      /** Names the cell declares and did not come to: they are what they were. */
      missed?: string[];
      /** Where the cell has gone with process.chdir. */
      folder?: string;
    };

export interface CommEvent {
  kind: 'open' | 'msg' | 'close';
  commId: string;
  target?: string;
  data: Record<string, unknown>;
  metadata: Record<string, unknown>;
  buffers: Uint8Array[];
}
