import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder, dataFolders } from './data-folder.js';
import { fetchSync } from './fetch-sync.js';
import { discard, makeFolder } from './whole-file.js';

/** Where the book keeps its data sets. */
export const DATA_URL = 'http://d2l-data.s3-accelerate.amazonaws.com/';

/**
 * The path of a data file, fetched only if it is not on this machine: looked for in `folder`, or else in `D2L_DATA`,
 * the package's `data/` and the cache. A file whose SHA-1 is wrong is never used.
 *
 * @param url where to get it; with `D2L_DATA_URL` set, a mirror with files of the same names is asked first.
 * @param folder where to look and to put it, in place of the usual folders.
 * @param sha1 the SHA-1 of the whole file in hexadecimal.
 * @throws when it cannot be had, saying where it was looked for and what to do.
 */
export function download(url: string, folder?: string, sha1?: string): string {
  const name = url.split('/').at(-1) ?? url;
  const folders = folder === undefined ? dataFolders() : [folder];
  for (const path of folders.map((place) => join(place, name))) {
    if (!existsSync(path)) continue;
    const found = sha1 === undefined ? undefined : sha1Of(path);
    if (found === sha1) return path;
    console.log(`${path} is not the right file: its SHA-1 is ${found}, not ${sha1}. Looking further.`);
  }
  return fetchFile(url, name, folder ?? cacheFolder(), folders, sha1);
}

function fetchFile(url: string, name: string, target: string, looked: string[], sha1?: string): string {
  const mirror = process.env['D2L_DATA_URL'];
  const urls = mirror === undefined ? [url] : [`${mirror.replace(/\/?$/, '/')}${name}`, url];
  const path = join(target, name);
  const part = `${path}.${process.pid}.part`;
  makeFolder(target);
  const failures: string[] = [];
  for (const source of urls) {
    console.log(`Downloading ${path} from ${source}...`);
    const result = fetchSync(source, part);
    const problem = 'error' in result ? result.error : wrongSum(part, sha1);
    if (problem === undefined) {
      renameSync(part, path); // only whole files ever bear the name
      return path;
    }
    discard(part);
    failures.push(`${source}: ${problem}`);
  }
  throw new Error(
    `could not get ${name}.\n  ${failures.join('\n  ')}\nWays out:\n` +
      `  1. put ${name} into a folder and name the folder in D2L_DATA (looked in ${looked.join(', ')})\n` +
      `  2. name a mirror that this machine can reach in D2L_DATA_URL\n` +
      `  3. use the data shipped with the library: { source: 'sample' } as the last argument of the data set\n` +
      `D2L_CACHE names another folder than ${target} to keep downloads in.`,
  );
}

function sha1Of(path: string): string {
  return createHash('sha1').update(readFileSync(path)).digest('hex');
}

function wrongSum(path: string, sha1: string | undefined): string | undefined {
  if (sha1 === undefined) return undefined;
  const found = sha1Of(path);
  return found === sha1 ? undefined : `what came has SHA-1 ${found}, not ${sha1}`;
}
