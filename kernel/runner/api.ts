/** @file What a cell can use without an import: display, html, md, image, table, input, progress… */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { types } from 'node:util';
import { currentCell } from './cell.js';
import { isBundle } from './bundle.js';
import { DISPLAY, format, plain } from './format.js';
import type { MimeBundle } from './ipc.js';
import type { Output } from './output.js';
import { safely } from './safely.js';
import { tableBundle } from './table.js';

interface DisplayOptions {
  displayId?: string;
  update?: boolean;
  raw?: boolean;
  metadata?: Record<string, unknown>;
}

/** A display that can be changed in place. It is not itself shown when it is the value of a cell. */
export class DisplayHandle {
  constructor(
    readonly id: string,
    private readonly show: (value: unknown) => void,
  ) {}

  update(value: unknown): void {
    this.show(value);
  }
}

/** Also asked of proxies, which may throw at any question. */
export function isHandle(value: unknown): boolean {
  return safely(() => value instanceof DisplayHandle) === true;
}

type Source = string | TemplateStringsArray;

const IMAGE_TYPES: readonly [RegExp, string][] = [
  [/^\x89PNG/, 'image/png'],
  [/^\xff\xd8\xff/, 'image/jpeg'],
  [/^GIF8/, 'image/gif'],
  [/^RIFF....WEBP/s, 'image/webp'],
  [/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)?<svg/s, 'image/svg+xml'],
];

/** A value with a fixed bundle. */
export function displayed(bundle: MimeBundle): object {
  return { [DISPLAY]: () => bundle };
}

const text = (source: Source, values: unknown[]): string =>
  typeof source === 'string' ? source : String.raw({ raw: source }, ...values);

function tag(type: string): (source: Source, ...values: unknown[]) => object {
  return (source, ...values) =>
    displayed({ [type]: text(source, values), 'text/plain': text(source, values) });
}

function image(source: Uint8Array | string): object {
  const bytes = typeof source === 'string' ? readFileSync(source) : Buffer.from(source);
  const head = bytes.toString('latin1', 0, 1024);
  const type = IMAGE_TYPES.find(([pattern]) => pattern.test(head))?.[1];
  if (!type) throw new Error('image: the bytes are not PNG, JPEG, GIF, WebP or SVG');
  const data = type === 'image/svg+xml' ? bytes.toString('utf8') : bytes.toString('base64');
  return displayed({ [type]: data, 'text/plain': `[${type}, ${bytes.length} bytes]` });
}

export const NO_INPUT =
  'this front end does not take input (allow_stdin is false), so input(…) cannot ask; pass the value in the cell instead';

export class CellApi {
  readonly #questions = new Map<
    number,
    { resolve: (value: string) => void; reject: (error: Error) => void }
  >();
  #nextQuestion = 1;

  constructor(private readonly output: Output) {}

  /** Publishes a bundle for the running cell, after everything printed so far. */
  publish(data: MimeBundle, options: DisplayOptions = {}): void {
    const { displayId, update = false, metadata = {} } = options;
    const cell = currentCell()?.id ?? 0;
    this.output.send({
      type: 'display',
      cell,
      update,
      data,
      metadata,
      ...(displayId !== undefined && { displayId }),
    });
  }

  /** Shows a value now; one whose bundle takes time is shown when it is ready, and its cell waits for it. */
  display(value: unknown, options: DisplayOptions = {}): DisplayHandle {
    const id = options.displayId ?? randomUUID();
    const show = (shown: unknown, update: boolean): void => {
      const bundle = options.raw || isBundle(shown) ? (shown as MimeBundle) : format(shown);
      const publish = (ready: MimeBundle): void => this.publish(ready, { ...options, displayId: id, update });
      if (types.isPromise(bundle)) currentCell()?.pending.push(bundle.then(publish));
      else publish(bundle);
    };
    show(value, options.update ?? false);
    return new DisplayHandle(id, (next) => show(next, true));
  }

  /** @throws Error when the front end cannot be asked (`allow_stdin` false, or a headless run) */
  input(prompt = '', { password = false }: { password?: boolean } = {}): Promise<string> {
    const cell = currentCell();
    if (!cell?.stdin) return Promise.reject(new Error(NO_INPUT));
    cell.signal.throwIfAborted();
    const id = this.#nextQuestion++;
    this.output.send({ type: 'input', id, cell: cell.id, prompt, password });
    return new Promise((resolve, reject) => {
      this.#questions.set(id, { resolve, reject });
      cell.signal.addEventListener('abort', () => {
        this.#questions.delete(id);
        reject(cell.signal.reason as Error);
      });
    });
  }

  /** The kernel's answer to a question; null when there was nobody to ask. */
  answer(id: number, value: string | null): void {
    const question = this.#questions.get(id);
    this.#questions.delete(id);
    if (value === null) question?.reject(new Error('no input was given'));
    else question?.resolve(value);
  }

  *progress<T>(
    items: Iterable<T>,
    { total, label = '' }: { total?: number; label?: string } = {},
  ): Iterable<T> {
    const size = total ?? (Array.isArray(items) ? items.length : ((items as { size?: number }).size ?? 0));
    const displayId = randomUUID();
    const start = performance.now();
    let done = 0;
    let shown = 0;
    this.publish(progressBundle(label, done, size, 0), { displayId });
    try {
      for (const item of items) {
        yield item;
        done++;
        if (performance.now() - shown < 100) continue;
        shown = performance.now();
        this.publish(progressBundle(label, done, size, shown - start), { displayId, update: true });
      }
    } finally {
      this.publish(progressBundle(label, done, size, performance.now() - start), { displayId, update: true });
    }
  }

  /** The names as globals, for cells. */
  globals(): Record<string, unknown> {
    return {
      display: (value: unknown, options?: DisplayOptions) => this.display(value, options),
      html: tag('text/html'),
      md: tag('text/markdown'),
      svg: tag('image/svg+xml'),
      latex: (source: Source, ...values: unknown[]) =>
        displayed({ 'text/latex': `$$${text(source, values)}$$`, 'text/plain': text(source, values) }),
      json: (value: unknown) => displayed({ 'application/json': value, 'text/plain': plain(value) }),
      image,
      table: (rows: Iterable<unknown>, columns?: readonly string[]) => displayed(tableBundle(rows, columns)),
      clearOutput: ({ wait = false } = {}) =>
        this.output.send({ type: 'clear', cell: currentCell()?.id ?? 0, wait }),
      input: (prompt?: string, options?: { password?: boolean }) => this.input(prompt, options),
      progress: <T>(items: Iterable<T>, options?: { total?: number; label?: string }) =>
        this.progress(items, options),
    };
  }
}

function progressBundle(label: string, done: number, total: number, ms: number): MimeBundle {
  const seconds = (value: number): string => `${(value / 1000).toFixed(value < 10_000 ? 1 : 0)} s`;
  const left = done && total ? `, ${seconds((ms / done) * (total - done))} left` : '';
  const count = total ? `${done}/${total}` : String(done);
  const line = `${label ? `${label}: ` : ''}${count} in ${seconds(ms)}${done < total ? left : ''}`;
  const bar = `<progress value="${done}" max="${total || 1}" style="width:20em;vertical-align:middle"></progress>`;
  const escaped = line.replace(/&/g, '&amp;').replace(/</g, '&lt;');
  return { 'text/html': total ? `${bar} ${escaped}` : escaped, 'text/plain': line };
}
