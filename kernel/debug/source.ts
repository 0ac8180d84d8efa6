/**
 * @file Texts that are debugged: cells, the user's own modules, anything with a source map. One knows its path, its
 * text, and which place of the compiled text belongs to which of its own.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A place in a text; line and column counted from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A place in a compiled text, as the inspector counts: from 0. */
export interface CompiledPlace {
  lineNumber: number;
  columnNumber?: number | undefined;
}

export class Source {
  #parsed: SourceMap[] | undefined;

  /**
   * @param maps source maps from the compiled text back to this one, applied in order
   * @param code the compiled text, where it must be compiled again to set a breakpoint before it has run
   */
  constructor(
    readonly path: string,
    readonly content: string,
    private readonly maps: readonly string[],
    readonly code?: string,
  ) {}

  /** Undefined for text that the compiler has added. */
  original({ lineNumber, columnNumber = 0 }: CompiledPlace): Place | undefined {
    this.#parsed ??= this.maps.map(
      (map) => new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]),
    );
    let at = { line: lineNumber, column: columnNumber };
    for (const map of this.#parsed) {
      const found = map.findEntry(at.line, at.column);
      // The nearest mapping before may be of an earlier line, which says nothing of this one.
      if (!('originalLine' in found) || found.generatedLine !== at.line) return undefined;
      at = { line: found.originalLine, column: found.originalColumn };
    }
    return { line: at.line + 1, column: at.column + 1 };
  }
}

/** The text that a script in a file was made from, or the file itself. Undefined when neither can be read. */
export function fileSource(url: string, sourceMapURL: string | undefined): Source | undefined {
  try {
    const file = fileURLToPath(url);
    const map = sourceMapURL ? readMap(sourceMapURL, file) : undefined;
    if (!map) return new Source(file, readFileSync(file, 'utf8'), []);
    const { sources, sourcesContent } = JSON.parse(map) as { sources: string[]; sourcesContent?: string[] };
    const path = resolve(dirname(file), sources[0]!.replace(/^file:\/\//, ''));
    return new Source(path, sourcesContent?.[0] ?? readFileSync(path, 'utf8'), [map]);
  } catch {
    return undefined;
  }
}

function readMap(url: string, file: string): string {
  const [, inline] = /^data:application\/json;(?:charset=utf-8;)?base64,(.*)$/.exec(url) ?? [];
  if (inline) return Buffer.from(inline, 'base64').toString('utf8');
  return readFileSync(resolve(dirname(file), url), 'utf8');
}
