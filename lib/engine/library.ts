/** @file Where TensorFlow's library lies on this machine. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A library that was found, or the sentence that says where it was looked for and what to do. */
export type Library = { readonly path: string; readonly from: string } | { readonly missing: string };

const FILE = process.platform === 'darwin' ? 'libtensorflow_cc.2.dylib' : 'libtensorflow_cc.so.2';

/** The folder of the package d2l-ts: the nearest one above with its package.json. */
export function packageRoot(start: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && /"name":\s*"d2l-ts"/.test(readFileSync(manifest, 'utf8'))) return folder;
    if (folder === dirname(folder)) throw new Error(`internal: no package.json of d2l-ts above ${start}`);
  }
}

/** A wheel keeps its library in site-packages/tensorflow; a folder may be given at any of these depths. */
function within(folder: string): string | undefined {
  return [join(folder, FILE), join(folder, 'tensorflow', FILE)].find(existsSync);
}

function inEnvironment(environment: string): string | undefined {
  const lib = join(environment, 'lib');
  if (!existsSync(lib)) return undefined;
  const pythons = readdirSync(lib).filter((name) => name.startsWith('python3'));
  return pythons.map((name) => within(join(lib, name, 'site-packages'))).find((path) => path !== undefined);
}

/** Asks the active Python where its tensorflow lies, without importing it. */
function inActivePython(): string | undefined {
  const code =
    'import importlib.util as u; s = u.find_spec("tensorflow"); print(s.submodule_search_locations[0] if s else "")';
  try {
    const answer = execFileSync('python3', ['-c', code], {
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 10_000,
    });
    const folder = answer.toString().trim();
    return folder ? within(folder) : undefined;
  } catch {
    return undefined; // no Python at all: the sentence of `missing` says so
  }
}

/**
 * Looks in `TF_LIB_DIR`, else in the project's own .venv, else in the active Python.
 * A `TF_LIB_DIR` that holds no library is an answer too: nothing else is tried behind the user's back.
 */
export function findLibrary(env: NodeJS.ProcessEnv = process.env, root: string = packageRoot()): Library {
  const named = env['TF_LIB_DIR'];
  if (named) {
    const path = within(named);
    return path
      ? { path, from: 'TF_LIB_DIR' }
      : { missing: `TF_LIB_DIR is ${named}, which holds no ${FILE}; correct it or unset it` };
  }
  const own = inEnvironment(join(root, '.venv'));
  if (own) return { path: own, from: "the project's .venv" };
  const active = inActivePython();
  if (active) return { path: active, from: 'the active Python' };
  return {
    missing: `no ${FILE} in TF_LIB_DIR, ${join(root, '.venv')} or the active Python; run npm run setup`,
  };
}
