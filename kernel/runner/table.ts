/** @file Records as an HTML table with a text twin; also what console.table shows. */
import { inspect, types } from 'node:util';
import type { MimeBundle } from './ipc.js';

const MAX_ROWS = 60;

const escape = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const cellText = (value: unknown): string =>
  value === undefined
    ? ''
    : typeof value === 'string'
      ? value
      : inspect(value, { depth: 1, breakLength: Infinity });

/** @param columns keys to show; all keys of the shown rows by default. Rows after the 60th are counted, not shown. */
export function tableBundle(rows: Iterable<unknown>, columns?: readonly string[]): MimeBundle {
  const all = [...rows].map((row) =>
    typeof row === 'object' && row !== null ? (row as Record<string, unknown>) : { value: row },
  );
  const shown = all.slice(0, MAX_ROWS);
  const keys = columns ?? [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const cells = shown.map((row) => keys.map((key) => cellText(row[key])));
  const numeric = keys.map((_, k) => shown.every((row) => typeof row[keys[k]!] === 'number'));
  const align = (k: number): string => `style="text-align:${numeric[k] ? 'right' : 'left'}"`;
  const head = `<thead><tr>${keys.map((key, k) => `<th ${align(k)}>${escape(key)}</th>`).join('')}</tr></thead>`;
  const body = cells.map(
    (line) => `<tr>${line.map((text, k) => `<td ${align(k)}>${escape(text)}</td>`).join('')}</tr>`,
  );
  const rest = all.length > MAX_ROWS ? `… ${all.length - MAX_ROWS} more rows (${all.length} in all)` : '';
  const html = `<table>${head}<tbody>${body.join('')}</tbody></table>${rest && `<p>${rest}</p>`}`;
  const widths = keys.map((key, k) => Math.max(key.length, ...cells.map((line) => line[k]!.length)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, k) => (numeric[k] ? text.padStart(widths[k]!) : text.padEnd(widths[k]!)))
      .join('  ')
      .trimEnd();
  const plain = [
    line(keys),
    line(widths.map((width) => '-'.repeat(width))),
    ...cells.map(line),
    ...(rest ? [rest] : []),
  ];
  return { 'text/html': html, 'text/plain': plain.join('\n') };
}

/**
 * What console.table shows of a value, by node's rules: maps and sets by iteration, all else by its keys; of a row that
 * is no object, its value. Undefined for what has no rows: node prints that.
 */
export function consoleTable(data: unknown, columns?: readonly string[]): MimeBundle | undefined {
  if (typeof data !== 'object' || data === null) return undefined;
  if (columns !== undefined && !Array.isArray(columns))
    throw new TypeError(`console.table: the columns must be an array, got ${inspect(columns)}`);
  const entries = iterated(data);
  if (entries) {
    const rows = entries.map((entry, i) => ({ [ITERATION]: i, ...entry }));
    const isKeyed = entries.some((entry) => 'Key' in entry);
    return tableBundle(rows, [ITERATION, ...(isKeyed ? ['Key'] : []), VALUES]);
  }
  const rows = Object.keys(data).map((key) => [key, (data as Record<string, unknown>)[key]] as const);
  const wanted = columns ?? [...new Set(rows.flatMap(([, row]) => (isRow(row) ? Object.keys(row) : [])))];
  const keyed = rows.map(([key, row]) => ({ key, row, cells: isRow(row) ? row : undefined }));
  const hasValues = !columns && keyed.some(({ cells }) => !cells);
  return tableBundle(
    keyed.map(({ key, row, cells }) => ({
      [INDEX]: /^\d+$/.test(key) ? Number(key) : key,
      ...Object.fromEntries(
        wanted.filter((name) => cells && Object.hasOwn(cells, name)).map((name) => [name, cells![name]]),
      ),
      ...(cells ? {} : { [VALUES]: row }),
    })),
    [INDEX, ...wanted, ...(hasValues ? [VALUES] : [])],
  );
}

const ITERATION = '(iteration index)';
const INDEX = '(index)';
const VALUES = 'Values';

const isRow = (value: unknown): value is Record<string, unknown> =>
  (typeof value === 'object' && value !== null) || typeof value === 'function';

function iterated(data: object): { Key?: unknown; Values: unknown }[] | undefined {
  // Only its description tells an iterator over entries from one over keys or values.
  const isEntries = types.isMapIterator(data) && inspect(data).startsWith('[Map Entries]');
  if (types.isMap(data) || isEntries)
    return [...(data as Iterable<[unknown, unknown]>)].map(([Key, Values]) => ({ Key, Values }));
  if (types.isSet(data) || types.isSetIterator(data) || types.isMapIterator(data))
    return [...(data as Iterable<unknown>)].map((Values) => ({ Values }));
  return undefined;
}
