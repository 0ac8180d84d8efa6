/** @file Puts the translator of papermill's parameters where the Python of a prefix finds it, and takes it away again. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE } from './package.js';

const MODULE = 'd2l_ts_papermill';

/**
 * Adds it to each Python that lives in the prefix, in the form in which pip leaves a package; where none does, there is
 * no papermill either.
 */
export function installPapermill(prefix: string): void {
  const { version } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as { version: string };
  uninstallPapermill(prefix);
  const info = `${MODULE}-${version}.dist-info`;
  const files: Record<string, string> = {
    [`${MODULE}.py`]: readFileSync(join(PACKAGE, 'kernel', 'papermill', `${MODULE}.py`), 'utf8'),
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${MODULE}\nVersion: ${version}\n`,
    [`${info}/entry_points.txt`]: `[papermill.engine]\nd2l-ts = ${MODULE}:Engine\n`,
    [`${info}/INSTALLER`]: 'd2l-ts\n',
  };
  files[`${info}/RECORD`] = [...Object.keys(files), `${info}/RECORD`].map((file) => `${file},,\n`).join('');
  for (const packages of sitePackages(prefix)) {
    mkdirSync(join(packages, info));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(packages, name), text);
  }
}

export function uninstallPapermill(prefix: string): void {
  for (const packages of sitePackages(prefix)) {
    for (const name of readdirSync(packages)) {
      const ours = name === `${MODULE}.py` || (name.startsWith(`${MODULE}-`) && name.endsWith('.dist-info'));
      if (ours) rmSync(join(packages, name), { recursive: true });
    }
  }
}

function sitePackages(prefix: string): string[] {
  const lib = join(prefix, 'lib');
  const pythons = existsSync(lib) ? readdirSync(lib).filter((name) => name.startsWith('python3')) : [];
  const folders = [...pythons.map((name) => join(lib, name)), join(prefix, 'Lib')]; // Windows has the latter
  return folders.map((folder) => join(folder, 'site-packages')).filter((folder) => existsSync(folder));
}
