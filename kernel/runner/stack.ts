/** @file Stacks as the reader of the notebook knows them: `[3]:2:7` of the cell's own text, kernel frames hidden. */
import { SourceMap } from 'node:module';
import { paint } from '../colour.js';
import type { CompiledCell } from './ipc.js';

interface Traced {
  /** What is shown in place of the file's name. */
  label: string;
  source: string;
  maps: string[];
  parsed?: SourceMap[];
}

/** Files made from cells and local TypeScript modules, by the name V8 reports. */
const traced = new Map<string, Traced>();
const HIDDEN = /\/dist\/(bin|kernel\/runner)\/|^node:|node_modules\/source-map/;

/** A notebook that runs for days must not fill the memory with its past: older cells show where their compiled text is. */
const REMEMBERED = 4096;
const cells = new Set<string>();

export function traceCell(file: string, cell: CompiledCell): void {
  cells.add(file);
  const [oldest] = cells;
  if (cells.size > REMEMBERED && oldest !== undefined) {
    cells.delete(oldest);
    traced.delete(oldest);
  }
  traced.set(file, { label: cell.count ? `[${cell.count}]` : '[*]', source: cell.source, maps: cell.maps });
}

export function traceModule(file: string, label: string, source: string, maps: string[]): void {
  traced.set(file, { label, source, maps });
}

function original(entry: Traced, line: number, column: number): [number, number] | undefined {
  entry.parsed ??= entry.maps.map(
    (map) => new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]),
  );
  let at = { line: line - 1, column: column - 1 };
  for (const map of entry.parsed) {
    const found = map.findEntry(at.line, at.column);
    if (!('originalLine' in found)) return undefined;
    at = { line: found.originalLine, column: found.originalColumn };
  }
  return [at.line + 1, at.column + 1];
}

/** Installs the mapping for every `error.stack`, also those that user code prints. */
export function mapStacks(): void {
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (error, sites) => {
    const head = errorHead(error);
    const frames = sites
      .map(frame)
      .filter((line) => line !== undefined)
      .slice(0, 12);
    return [head, ...frames].join('\n');
  };
}

function errorHead(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

function frame(site: NodeJS.CallSite): string | undefined {
  const name = site.getFileName() ?? (site.getEvalOrigin() ? '<anonymous>' : undefined);
  const entry = name ? traced.get(name) : undefined;
  if (!entry) {
    const text = (site as { toString(): string }).toString();
    return HIDDEN.test(text) || HIDDEN.test(name ?? 'node:') ? undefined : `    at ${text}`;
  }
  const at = original(entry, site.getLineNumber() ?? 1, site.getColumnNumber() ?? 1);
  if (!at) return undefined;
  const where = `${entry.label}:${at[0]}:${at[1]}`;
  const called = site.getFunctionName();
  return called && !called.startsWith('__d2l') ? `    at ${called} (${where})` : `    at ${where}`;
}

/** Of a line that is longer than this, what stands around the place. */
const MAX_EXCERPT = 400;

/** An error of V8's parser names a place of the compiled text, and shows it. */
export function mapSyntaxError(error: Error): void {
  const [, file, line, text] = /^(file:.*):(\d+)\n([^]*?)\n\n/.exec(String(error.stack)) ?? [];
  const entry = file ? traced.get(file) : undefined;
  const column = text?.split('\n').at(-1)?.indexOf('^') ?? -1;
  const at = entry && column >= 0 ? original(entry, Number(line), column + 1) : undefined;
  const place = entry && at ? `\n    at ${entry.label}:${at[0]}:${at[1]}` : '';
  error.stack = `${error.name}: ${error.message}${place}`;
}

/** The source line a stack's first cell frame points at, with a caret under the column. */
export function excerpt(stack: string): string[] {
  for (const [, label, line, column] of stack.matchAll(/(?:at |\()([^\s()]+?):(\d+):(\d+)\)?$/gm)) {
    const entry = [...traced.values()].reverse().find((candidate) => candidate.label === label);
    const text = entry?.source.split('\n')[Number(line) - 1];
    if (text === undefined) continue;
    const number = `${line} `;
    const from = Math.max(0, Number(column) - MAX_EXCERPT / 2);
    return [
      '',
      `${paint(`${number}|`, 'dim')} ${text.slice(from, from + MAX_EXCERPT)}`,
      `${' '.repeat(number.length)}${paint('|', 'dim')} ${' '.repeat(Number(column) - 1 - from)}${paint('^', 'red')}`,
    ];
  }
  return [];
}

/** The number of the cell whose code a stack starts in, 0 when none. */
export function cellOfStack(stack: unknown): number {
  return typeof stack === 'string' ? Number(/\[(\d+)\]:\d+:\d+/.exec(stack)?.[1] ?? 0) : 0;
}
