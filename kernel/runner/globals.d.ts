/** Names every cell can use without an import. A cell's own declaration or import shadows them. */

type MimeBundle = Record<string, unknown>;

/** A display that can be changed later, in place. */
interface DisplayHandle {
  readonly id: string;
  /** Shows another value where this display is. */
  update(value: unknown): void;
}

interface DisplayOptions {
  /** Identity of the display; a later `display` with `update: true` replaces it. */
  displayId?: string;
  update?: boolean;
  /** The value is a MIME bundle and is published as it is. */
  raw?: boolean;
  metadata?: Record<string, unknown>;
}

/** Anything that says how it is shown. */
interface Displayed {
  readonly [key: symbol]: unknown;
}

/** Shows a value below the cell. @example display(html`<b>bold</b>`) */
declare function display(value: unknown, options?: DisplayOptions): DisplayHandle;
/** HTML, as a template or from a string. */
declare function html(source: string | TemplateStringsArray, ...values: unknown[]): Displayed;
/** Markdown, as a template or from a string. */
declare function md(source: string | TemplateStringsArray, ...values: unknown[]): Displayed;
/** An SVG image, as a template or from a string. */
declare function svg(source: string | TemplateStringsArray, ...values: unknown[]): Displayed;
/** A formula, as a template or from a string, without the dollar signs. */
declare function latex(source: string | TemplateStringsArray, ...values: unknown[]): Displayed;
/** A value as a JSON tree. */
declare function json(value: unknown): Displayed;
/** A PNG, JPEG, GIF, WebP or SVG image from its bytes or from a file. */
declare function image(source: Uint8Array | string): Displayed;
/** An array of records as a table. @param columns the columns to show, all by default */
declare function table(rows: Iterable<unknown>, columns?: readonly string[]): Displayed;
/** Removes the output of the cell, or with `wait` replaces it when the next output comes. */
declare function clearOutput(options?: { wait?: boolean }): void;
/** Asks the reader for a line of text. @example const name = await input('Name: ') */
declare function input(prompt?: string, options?: { password?: boolean }): Promise<string>;
/** A progress bar over the items of an iterable. @example for (const x of progress(xs)) … */
declare function progress<T>(items: Iterable<T>, options?: { total?: number; label?: string }): Iterable<T>;
/** A message channel to a widget in the front end. */
interface Comm {
  readonly id: string;
  readonly target: string;
  onMessage: ((data: Record<string, unknown>, buffers: Uint8Array[]) => void) | undefined;
  onClose: ((data: Record<string, unknown>) => void) | undefined;
  send(data: Record<string, unknown>, options?: CommOptions): void;
  close(data?: Record<string, unknown>, options?: CommOptions): void;
}

interface CommOptions {
  metadata?: Record<string, unknown>;
  buffers?: Uint8Array[];
}

/** Comms with the front end: opened here, or by a widget there. */
declare const comms: {
  /** Opens a comm to a target the front end knows. */
  open(target: string, data?: Record<string, unknown>, options?: CommOptions & { id?: string }): Comm;
  /** Accepts comms that the front end opens for this name. */
  registerTarget(
    name: string,
    opened: (comm: Comm, data: Record<string, unknown>, buffers: Uint8Array[]) => void,
  ): void;
};
