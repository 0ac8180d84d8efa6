/** @file Inputs and results of this and earlier sessions: tail, range and search, kept as JSON lines on disk. */
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HistoryEntry, HistoryRequest } from '../protocol/messages.js';

interface Line {
  session: number;
  line: number;
  input: string;
  output: string | null;
}

/** Where a user's history lives, by the XDG rules. */
export function historyFile(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env['D2L_TS_HISTORY'] ??
    join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'd2l-ts', 'history.jsonl')
  );
}

export class History {
  readonly #lines: Line[];
  readonly #session: number;
  #writable = true;

  constructor(private readonly file: string) {
    this.#lines = read(file);
    this.#session = (this.#lines.at(-1)?.session ?? 0) + 1;
  }

  add(line: number, input: string, output: string | null): void {
    const entry = { session: this.#session, line, input, output };
    this.#lines.push(entry);
    if (!this.#writable) return;
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      appendFileSync(this.file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    } catch (error) {
      this.#writable = false;
      process.stderr.write(`history is kept in memory only: ${(error as Error).message}\n`);
    }
  }

  /** Entries as the protocol lists them, oldest first. */
  query(request: HistoryRequest): HistoryEntry[] {
    const found = this.#select(request);
    return found.map(({ session, line, input, output }) => [
      session,
      line,
      request.output ? [input, output] : input,
    ]);
  }

  #select({
    hist_access_type,
    n,
    session = 0,
    start = 0,
    stop,
    pattern = '*',
    unique,
  }: HistoryRequest): Line[] {
    if (hist_access_type === 'range') {
      // 0 is the running session, negative numbers count back from it.
      const wanted = session > 0 ? session : this.#session + session;
      const inRange = (line: Line): boolean =>
        line.session === wanted && line.line >= start && line.line < (stop ?? Infinity);
      return this.#lines.filter(inRange);
    }
    if (hist_access_type === 'tail') return last(this.#lines, n);
    const matches = this.#lines.filter((line) => globToRegExp(pattern).test(line.input));
    const kept = unique ? [...new Map(matches.map((line) => [line.input, line])).values()] : matches;
    return last(kept, n);
  }
}

function last<T>(list: readonly T[], n: number | undefined): T[] {
  return n === undefined ? [...list] : n > 0 ? list.slice(-n) : [];
}

/** `*` any text, `?` one character; everything else is itself. */
function globToRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replace(/\*/g, '[^]*')
    .replace(/\?/g, '[^]');
  return new RegExp(`^${source}$`);
}

function read(file: string): Line[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as Line];
    } catch {
      return []; // the last line of a session that was killed while it wrote
    }
  });
}
