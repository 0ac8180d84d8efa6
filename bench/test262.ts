/**
 * @file test262's language tests as cells: `npm run bench -- test262 FOLDER [--only PATTERN] [--sample N] [--peer] …`.
 * FOLDER is a copy of the public repository tc39/test262. Of it are taken the tests that a cell can be asked for and that
 * plain Node passes; test262.py has a kernel run them. `--help` lists the options.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { passInNode } from './test262/plain.js';
import { sample, selectTests } from './test262/selection.js';

const HELP = `npm run bench -- test262 FOLDER [options]
  --only PATTERN    tests with this in their path, e.g. statements/class (a regular expression)
  --sample N        N of them, always the same ones for a --seed (default 1)
  --peer            Deno's kernel beside ours
  --jobs N          so many kernels of a kind at once (default 1)
  --failures FILE   writes what fails, each with its error
  --json FILE       writes the figures`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    peer: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '1' },
    failures: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

async function main(folder: string): Promise<number> {
  const able = selectTests(folder, new RegExp(values.only));
  const chosen = sample(able, Number(values.sample ?? able.length), Number(values.seed));
  const tests = await passInNode(chosen, 2);
  console.log(`${tests.length} tests, of ${chosen.length} that a cell can be asked for: Node passes these`);
  const temporary = mkdtempSync(join(tmpdir(), 'd2l-test262-'));
  try {
    const list = join(temporary, 'tests.json');
    writeFileSync(list, JSON.stringify(tests));
    const script = fileURLToPath(new URL('../../bench/test262.py', import.meta.url));
    const { jobs, failures, json, peer } = values;
    const outputs = [...(failures ? ['--failures', failures] : []), ...(json ? ['--json', json] : [])];
    const args = [script, list, '--jobs', jobs, ...outputs, ...(peer ? ['--peer'] : [])];
    const { status, error } = spawnSync('python', args, { stdio: 'inherit' });
    if (error)
      throw new Error(`python does not run (${error.message}); start this with npm run bench -- test262`);
    return status ?? 1;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

if (values.help || !positionals[0]) console.log(HELP);
else process.exitCode = await main(positionals[0]);
