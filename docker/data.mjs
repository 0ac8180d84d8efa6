/** @file Exits 0 when the lecture's data are here or can be downloaded; else says what follows, and exits 1. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolders } from '/opt/d2l-ts/dist/lib/util/data-folder.js';
import { DATA_URL } from '/opt/d2l-ts/dist/lib/util/download.js';

const missing = ['timemachine.txt', 'fra-eng.zip'].filter(
  (name) => !dataFolders().some((folder) => existsSync(join(folder, name))),
);

/** Whether the place that data come from answers at all; what it answers is for the download to judge. */
async function isReachable(name) {
  const from = (process.env.D2L_DATA_URL ?? DATA_URL).replace(/\/?$/, `/${name}`);
  try {
    await fetch(from, { method: 'HEAD', signal: AbortSignal.timeout(3000) });
    return true;
  } catch {
    return false;
  }
}

if (missing.length > 0 && !(await isReachable(missing[0]))) {
  const names = missing.join(' and ');
  process.stderr.write(
    `d2l-ts: no network, and ${names} not in D2L_DATA: the notebooks use the short data shipped with the image.\n` +
      `d2l-ts: next: mount a folder with ${names} on /data, or start it again with a network\n`,
  );
  process.exitCode = 1;
}
