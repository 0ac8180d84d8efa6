/** @file Breakpoints: from a line of TypeScript to the places where V8 can stop, before the cell has run and after. */
import type { Debugger, Runtime } from 'node:inspector';
import { withoutTypes } from './expression.js';
import type { Inspector } from './inspector.js';
import type { Breakpoint, SourceBreakpoint } from './protocol.js';
import type { Scripts } from './scripts.js';
import type { CompiledPlace, Place, Source } from './source.js';

/** Where V8 can stop in a text, in the text's own order. */
interface Stops {
  /** V8's hash of the compiled text: every script of that text gets the breakpoints, also those to come. */
  hash: string;
  places: (Place & { at: CompiledPlace })[];
}

export class Breakpoints {
  readonly #stops = new WeakMap<Source, Stops>();
  readonly #set = new Map<string, { lines: SourceBreakpoint[]; ids: Set<string>; known: boolean }>();

  constructor(private readonly scripts: Scripts) {}

  /** By path, as they were set, for a front end that comes later. */
  list(): { source: string; breakpoints: SourceBreakpoint[] }[] {
    return [...this.#set].map(([source, { lines }]) => ({ source, breakpoints: lines }));
  }

  clear(): void {
    this.#set.clear();
  }

  /** Sets them again, in a runner that knows of none. */
  async restore(inspector: Inspector): Promise<void> {
    const old = this.list();
    this.#set.clear();
    for (const { source, breakpoints } of old) await this.replace(inspector, source, breakpoints);
  }

  /** All breakpoints of a text, in place of those it had. */
  async replace(
    inspector: Inspector,
    path: string,
    wanted: readonly SourceBreakpoint[],
  ): Promise<Breakpoint[]> {
    for (const breakpointId of this.#set.get(path)?.ids ?? [])
      await inspector.send('Debugger.removeBreakpoint', { breakpointId });
    this.#set.delete(path);
    if (!wanted.length) return [];
    const stops = await this.#stopsOf(path, inspector);
    const ids = new Set<string>();
    const result: Breakpoint[] = [];
    for (const breakpoint of wanted) {
      const place = stops?.places.find(({ line }) => line >= breakpoint.line);
      if (place) ids.add(await setOne(inspector, stops!.hash, place.at, breakpoint.condition));
      const message = stops ? 'no code follows this line' : 'the kernel has not seen this text yet';
      result.push({
        verified: place !== undefined,
        line: place?.line ?? breakpoint.line,
        source: { path },
        ...(!place && { message }),
      });
    }
    const lines = wanted.map((breakpoint, i) => ({ ...breakpoint, line: result[i]!.line }));
    this.#set.set(path, { lines, ids, known: stops !== undefined });
    return result;
  }

  /** A text is known now: gives it the breakpoints that were set before, by a front end that remembers them. */
  async settle(inspector: Inspector, path: string): Promise<void> {
    const early = this.#set.get(path);
    if (early && !early.known) await this.replace(inspector, path, early.lines);
  }

  async #stopsOf(path: string, inspector: Inspector): Promise<Stops | undefined> {
    const cell = this.scripts.cell(path);
    if (cell)
      return this.#stops.get(cell) ?? this.#ask(inspector, cell, await compile(inspector, cell.code!));
    const loaded = this.scripts.loaded(path);
    return loaded && this.#ask(inspector, loaded.source, loaded.script.scriptId);
  }

  async #ask(inspector: Inspector, source: Source, scriptId: string): Promise<Stops> {
    const start = { scriptId, lineNumber: 0, columnNumber: 0 };
    const { locations } = await inspector.send<Debugger.GetPossibleBreakpointsReturnType>(
      'Debugger.getPossibleBreakpoints',
      { start },
    );
    const places = locations.flatMap((at) => {
      const place = source.original(at);
      return place ? [{ ...place, at }] : [];
    });
    places.sort((a, b) => a.line - b.line || a.column - b.column);
    const stops = { hash: this.scripts.script(scriptId)!.hash, places };
    this.#stops.set(source, stops);
    return stops;
  }
}

/** Compiles a text without running it. @returns the script's id */
async function compile(inspector: Inspector, expression: string): Promise<string> {
  // Only while it is enabled: it reports every console.log.
  await inspector.send('Runtime.enable');
  try {
    const options = { expression, sourceURL: '', persistScript: true };
    const { scriptId, exceptionDetails } = await inspector.send<Runtime.CompileScriptReturnType>(
      'Runtime.compileScript',
      options,
    );
    if (!scriptId) throw new Error(exceptionDetails?.exception?.description ?? 'the cell does not compile');
    return scriptId;
  } finally {
    await inspector.send('Runtime.disable');
  }
}

async function setOne(
  inspector: Inspector,
  scriptHash: string,
  { lineNumber, columnNumber = 0 }: CompiledPlace,
  condition = '',
): Promise<string> {
  const { breakpointId } = await inspector.send<Debugger.SetBreakpointByUrlReturnType>(
    'Debugger.setBreakpointByUrl',
    { scriptHash, lineNumber, columnNumber, condition: condition && withoutTypes(condition) },
  );
  return breakpointId;
}
