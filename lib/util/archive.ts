import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Entry, MOST } from './entry.js';
import { readTar } from './tar.js';
import { makeFolder, writeWhole } from './whole-file.js';
import { readZip } from './zip.js';

/**
 * Unpacks a .zip, .tar, .tar.gz or .tgz file. Each file is written whole or not at all.
 *
 * @param folder where to; by default the folder of the archive.
 * @throws for other kinds of files, for damaged archives, and for such as would write outside of the folder or unpack
 * to more than 2 GiB.
 */
export function extract(filename: string, folder = dirname(filename)): void {
  const files = entriesOf(filename).filter(({ name }) => !name.endsWith('/'));
  const paths = files.map(({ name }) => join(folder, inside(filename, folder, name)));
  for (const [i, path] of paths.entries()) {
    makeFolder(dirname(path));
    writeWhole(path, [files[i]!.read()]);
  }
}

/** The path of an entry below the folder. @throws when it leads out of it */
function inside(filename: string, folder: string, name: string): string {
  const path = normalize(name);
  if (/^\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|\0/.test(path)) {
    throw new Error(`${filename} would write outside of ${folder}, to ${name}: do not unpack it`);
  }
  return path;
}

function entriesOf(filename: string): Entry[] {
  if (filename.endsWith('.zip')) return readZip(readFileSync(filename));
  if (filename.endsWith('.tar')) return readTar(readFileSync(filename));
  if (/\.(tar\.gz|tgz)$/.test(filename)) return readTar(gunzip(filename));
  throw new Error(`extract unpacks .zip, .tar, .tar.gz and .tgz, not ${filename}`);
}

function gunzip(filename: string): Buffer {
  try {
    return gunzipSync(readFileSync(filename), { maxOutputLength: MOST });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE')
      throw new Error(`${filename} would unpack to more than ${MOST} bytes: unpack it by hand`, {
        cause: error,
      });
    throw new Error(`${filename} is damaged (${message}): get it again`, { cause: error });
  }
}
