import { tf } from '../engine/tf.js';
import { settingsOf } from './hyper-parameters.js';
import type { Batch, Module } from './module.js';

/** One line of a summary: a module, what came out of it and what it holds itself. */
export interface SummaryRow {
  /** Its place in the tree: `rnn.rnn`. */
  readonly name: string;
  /** Its class. */
  readonly layer: string;
  /** The shape of its output, or the shapes of its outputs; '' where it was not run. */
  readonly output: string;
  /** Numbers in its own parameters, those of its children not counted. */
  readonly parameters: number;
}

const DISPLAY = Symbol.for('Jupyter.display');
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A table of the modules of a model (beyond the book); a notebook shows it as one, `toString()` as text. */
export class Summary {
  /** @param rows one for each module, the model itself first. */
  constructor(readonly rows: readonly SummaryRow[]) {}

  /** Numbers in all parameters, shared ones counted once. */
  get parameters(): number {
    return this.rows.reduce((sum, row) => sum + row.parameters, 0);
  }

  #cells(): string[][] {
    const body = this.rows.map((row) => [row.name, row.layer, row.output, count(row.parameters)]);
    return [['name', 'layer', 'output', 'parameters'], ...body, ['total', '', '', count(this.parameters)]];
  }

  toString(): string {
    const cells = this.#cells();
    const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
    const line = (texts: string[]): string =>
      texts
        .map((text, i) => (i === 3 ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
        .join('  ');
    return cells.map(line).join('\n');
  }

  [INSPECT](): string {
    return this.toString();
  }

  /** What a notebook shows. */
  [DISPLAY](): Record<string, string> {
    const [head = [], ...body] = this.#cells();
    const row = (texts: string[], tag: string): string =>
      `<tr>${texts.map((text, i) => `<${tag} style="text-align:${i === 3 ? 'right' : 'left'}">${escape(text)}</${tag}>`).join('')}</tr>`;
    const html = `<table><thead>${row(head, 'th')}</thead><tbody>${body.map((texts) => row(texts, 'td')).join('')}</tbody></table>`;
    return { 'text/html': html, 'text/plain': this.toString() };
  }
}

const count = (n: number): string => n.toLocaleString('en-US');
const escape = (text: string): string => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`);

/** Runs a model once on inputs, if there are any, and notes the shape of each module's output. */
export function summarize(model: Module, inputs: Batch): Summary {
  const modules = model.namedModules();
  const outputs =
    inputs.length === 0 ? new Map<Module, string>() : watch(model, [...modules.values()], inputs);
  const seen = new Set<unknown>();
  return new Summary(
    [...model.namedModules()].map(([name, module]) => ({
      name: name === '' ? '(model)' : name,
      layer: module.constructor.name,
      output: outputs.get(module) ?? '',
      parameters: module
        .ownParameters()
        .filter(([, p]) => !seen.has(p) && seen.add(p))
        .reduce((sum, [, p]) => sum + p.size, 0),
    })),
  );
}

/** Puts a watcher before each module's `forward` for one run. */
function watch(model: Module, modules: readonly Module[], inputs: Batch): Map<Module, string> {
  const shapes = new Map<Module, string>();
  for (const module of modules) {
    Object.defineProperty(module, 'forward', {
      configurable: true,
      value: (...args: never[]): unknown => {
        Reflect.deleteProperty(module, 'forward');
        const output = module.forward(...args);
        shapes.set(module, shapesOf(output));
        return output;
      },
    });
  }
  try {
    tf.tidy(() => void model.forward(...(inputs as unknown as never[])));
  } finally {
    for (const module of modules) Reflect.deleteProperty(module, 'forward');
  }
  return shapes;
}

/** `(2, 3)` for a tensor; a list of equal ones is shown once, with their number. */
function shapesOf(output: unknown): string {
  if (output instanceof tf.Tensor) return `(${output.shape.join(', ')})`;
  if (!Array.isArray(output)) return '';
  const shapes = output.map(shapesOf);
  return shapes.length > 1 && new Set(shapes).size === 1
    ? `${shapes.length} × ${shapes[0]}`
    : `[${shapes.join(', ')}]`;
}

/** The tree of modules, as PyTorch prints it. */
export function describe(module: Module): string {
  const head = `${module.constructor.name}(${settingsOf(module)}`;
  const children = module.namedChildren();
  if (children.length === 0) return `${head})`;
  const lines = children.map(([name, child]) => `(${name}): ${describe(child)}`.replaceAll('\n', '\n  '));
  return `${head}\n  ${lines.join('\n  ')}\n)`;
}
