import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder `data/` of this package: the samples, and whatever files the user puts there. */
export const packageData = fileURLToPath(new URL('../../../data/', import.meta.url));

/** Where downloads are kept: `D2L_CACHE`, else `d2l-ts` in the user's cache folder. */
export function cacheFolder(): string {
  const { D2L_CACHE, XDG_CACHE_HOME } = process.env;
  return D2L_CACHE ?? join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'd2l-ts');
}

/** Where data sets are looked for, in this order: `D2L_DATA`, the package's `data/`, the cache. */
export function dataFolders(): string[] {
  const { D2L_DATA } = process.env;
  return [...(D2L_DATA ? [D2L_DATA] : []), packageData, cacheFolder()];
}

/** The path of a sample shipped with the package. */
export function sampleFile(name: string): string {
  return join(packageData, name);
}

/**
 * The source of a data set whose cell names none: `book`, or with `D2L_SOURCE=sample` (as `npm start` sets it on a
 * machine without network) the sample, which it says.
 */
export function usualSource<Book extends string>(book: Book): Book | 'sample' {
  if (process.env['D2L_SOURCE'] !== 'sample') return book;
  console.log('D2L_SOURCE is sample: these data are the short ones shipped with the library');
  return 'sample';
}
