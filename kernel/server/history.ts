/** @file Inputs and results of this and earlier sessions: tail, range and search, kept as JSON lines on disk. */
import { randomUUID } from 'node:crypto';
import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HistoryEntry, HistoryRequest } from '../protocol/messages.js';

interface Entry {
  session: number;
  line: number;
  input: string;
  output: string | null;
}

/** One line of the file: an input, or later the output of an input that is there already. */
interface Stored {
  /** Kernels of one user write into one file: each has an id of its own. (Older files have numbers.) */
  session: string | number;
  line: number;
  input?: string;
  output?: string | null;
}

/** Where a user's history lives, by the XDG rules. */
export function historyFile(env: NodeJS.ProcessEnv = process.env): string {
  return (
    env['D2L_TS_HISTORY'] ??
    join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'd2l-ts', 'history.jsonl')
  );
}

/** How many inputs are kept in memory, the newest; the file has them all. */
const REMEMBERED = 10_000;

export class History {
  /** What other kernels have kept. Read when it is first asked for: a file of years would delay every start. */
  #past: Entry[] | undefined;
  readonly #own: Omit<Entry, 'session'>[] = [];
  readonly #id = randomUUID();
  /** Lines that are not on disk: the next write tries them again. */
  #unsaved: string[] = [];

  constructor(private readonly file: string) {}

  /** Keeps an input, before it is run: it may be the one that ends the kernel. */
  add(line: number, input: string): void {
    this.#own.push({ line, input, output: null });
    if (this.#own.length > REMEMBERED) this.#own.shift();
    this.#save({ session: this.#id, line, input });
  }

  /** Keeps the result of the latest input. */
  answer(line: number, output: string): void {
    const entry = this.#own.at(-1);
    if (entry?.line === line) entry.output = output;
    this.#save({ session: this.#id, line, output });
  }

  #save(stored: Stored): void {
    this.#unsaved.push(`${JSON.stringify(stored)}\n`);
    try {
      mkdirSync(dirname(this.file), { recursive: true, mode: 0o700 });
      appendFileSync(this.file, this.#unsaved.join(''), { mode: 0o600 });
      this.#unsaved = [];
    } catch (error) {
      if (this.#unsaved.length > 1) return; // it was said the first time
      const { message } = error as Error;
      process.stderr.write(`history is kept in memory until ${this.file} can be written: ${message}\n`);
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

  /** All that is remembered, oldest first; the running session is the last one. */
  #all(): { entries: Entry[]; session: number } {
    this.#past ??= read(this.file, this.#id);
    const session = 1 + this.#past.reduce((highest, entry) => Math.max(highest, entry.session), 0);
    const own = this.#own.map((entry) => ({ session, ...entry }));
    return { entries: [...this.#past, ...own].slice(-REMEMBERED), session };
  }

  #select({
    hist_access_type,
    n,
    session = 0,
    start = 0,
    stop,
    pattern = '*',
    unique,
  }: HistoryRequest): Entry[] {
    const { entries, session: running } = this.#all();
    if (hist_access_type === 'range') {
      // 0 is the running session, negative numbers count back from it.
      const wanted = session > 0 ? session : running + session;
      const inRange = (entry: Entry): boolean =>
        entry.session === wanted && entry.line >= start && entry.line < (stop ?? Infinity);
      return entries.filter(inRange);
    }
    if (hist_access_type === 'tail') return last(entries, n);
    const matches = entries.filter((entry) => globToRegExp(pattern).test(entry.input));
    const kept = unique ? [...new Map(matches.map((entry) => [entry.input, entry])).values()] : matches;
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

/** How much of a file is read at most, from its end: what is remembered must not be waited for. */
const MAX_BYTES = 16 << 20;
const BLOCK = 1 << 20;

/** The newest inputs of a file that grows for years. @param own the session whose lines are left out */
function read(file: string, own: string): Entry[] {
  const numbers = new Map<Stored['session'], number>();
  const entries = new Map<string, Entry>();
  for (const { session, line, input, output } of newest(file, own)) {
    if (!numbers.has(session)) numbers.set(session, numbers.size + 1);
    const key = `${session} ${line}`;
    if (input === undefined && !entries.has(key)) continue; // its input is older than what is remembered
    const entry = entries.get(key) ?? { session: numbers.get(session)!, line, input: '', output: null };
    entries.set(key, { ...entry, input: input ?? entry.input, output: output ?? entry.output });
  }
  return [...entries.values()].slice(-REMEMBERED);
}

/** The file's last lines, with as many inputs as are remembered. */
function newest(file: string, own: string): Stored[] {
  const blocks: Stored[][] = [];
  let inputs = 0;
  for (const lines of blocksFromEnd(file)) {
    const stored = lines.flatMap(parse).filter(({ session }) => session !== own);
    inputs += stored.filter(({ input }) => input !== undefined).length;
    blocks.push(stored);
    if (inputs > REMEMBERED) break;
  }
  return blocks.reverse().flat();
}

/** Whole lines, the last ones first, a block at a time. */
function* blocksFromEnd(file: string): Iterable<string[]> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return; // there is no history yet
  }
  try {
    let end = fstatSync(descriptor).size;
    const least = Math.max(0, end - MAX_BYTES);
    let begun: Buffer[] = []; // the end of a line that begins in an earlier block
    while (end > least) {
      const start = Math.max(least, end - BLOCK);
      const block = Buffer.alloc(end - start);
      readSync(descriptor, block, 0, block.length, start);
      end = start;
      const first = start === 0 ? -1 : block.indexOf('\n');
      if (first < 0 && start > 0) begun.unshift(block);
      else {
        yield Buffer.concat([block.subarray(first + 1), ...begun])
          .toString('utf8')
          .split('\n');
        begun = [block.subarray(0, first + 1)];
      }
    }
  } catch {
    return; // a folder in its place, or a disk that is gone
  } finally {
    closeSync(descriptor);
  }
}

/** The entry of one line; behind one that was cut off, by a kill or a full disk, the next one begins in the same line. */
function parse(text: string): Stored[] {
  try {
    const stored = JSON.parse(
      text.slice(Math.max(0, text.lastIndexOf('{"session":'))),
    ) as Partial<Stored> | null;
    return typeof stored?.line === 'number' ? [stored as Stored] : [];
  } catch {
    return [];
  }
}
