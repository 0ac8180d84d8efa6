import { existsSync, readFileSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { expectOptions } from '../core/check.js';
import { dataFolders } from '../util/data-folder.js';

/** What is asked of a text. */
export interface ReadTextOptions {
  /** The fewest characters that are enough, 1 by default; white space at both ends does not count. */
  atLeast?: number;
}

/**
 * Reads a file of plain text in UTF-8 (beyond the book): for texts of a reader's own.
 *
 * @param path the file, relative to the notebook's folder; what is not there is looked for among the data sets too.
 * @returns its characters, without a byte-order mark.
 * @throws when it is not there, no file, empty, too short, or no text in UTF-8; each time with what to do.
 */
export function readText(path: string, options: ReadTextOptions = {}): string {
  expectOptions('readText', options, ['atLeast']);
  const { atLeast = 1 } = options;
  const bytes = bytesOf(existsSync(path) ? path : (inDataFolders(path) ?? path));
  const place = bytes.findIndex((byte, i) => byte === 0 || (i === 0 && byte >= 0xfe));
  if (place >= 0) throw notText(path, `byte ${place} is ${bytes[place]}, which no text in UTF-8 has`);
  const text = decode(path, bytes);
  const length = [...text.trim()].length;
  if (length === 0) throw new Error(`${path} is empty: choose a file with text in it`);
  if (length < atLeast) {
    throw new Error(
      `${path} has ${count(length)} characters, at least ${count(atLeast)} are needed: choose a longer text, or put several into one file`,
    );
  }
  return text;
}

function inDataFolders(path: string): string | undefined {
  if (isAbsolute(path)) return undefined;
  return dataFolders()
    .map((folder) => join(folder, path))
    .find((file) => existsSync(file));
}

function bytesOf(path: string): Uint8Array {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    throw new Error(`there is no file ${path} (looked for from ${process.cwd()}): write its whole path`);
  }
  if (!found.isFile()) throw new Error(`${path} is not a file: write the path of a file of plain text`);
  return readFileSync(path);
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw notText(path, 'its bytes are not UTF-8');
  }
}

const notText = (path: string, why: string): Error =>
  new Error(
    `${path} is no plain text in UTF-8: ${why}. Save it as such first; a PDF, a Word document or an archive has to be converted`,
  );

const count = (n: number): string => n.toLocaleString('en-US');
