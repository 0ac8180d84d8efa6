/** @file `npm run notebooks`: executes the lecture from top to bottom on the TypeScript kernel, without a browser. */
import path from 'node:path';
import util from 'node:util';
import { Failure, isMain, main, say, seconds, start, stopSignal } from './house/command.mjs';
import { venvEnvironment } from './house/environment.mjs';
import { walk } from './house/node.mjs';
import { root, short, venvPython } from './house/paths.mjs';
import { setup } from './setup.mjs';

const HELP = `npm run notebooks [-- [pattern] [--in-place] [--epochs N] [--backend NAME]]
  pattern         only the notebooks with this in their name
  --in-place      write the outputs into notebooks/ instead of artifacts/notebooks/
  --epochs N      train for N epochs instead of what each notebook says
  --backend NAME  tensorflow, wasm or cpu, instead of the best there is; without TensorFlow, 1 epoch unless you say N`;

const BACKENDS = ['tensorflow', 'wasm', 'cpu'];

async function command() {
  const { values, positionals } = util.parseArgs({
    allowPositionals: true,
    options: {
      'in-place': { type: 'boolean' },
      epochs: { type: 'string' },
      backend: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return say(HELP);
  const pattern = positionals[0] ?? '';
  const files = walk(path.join(root, 'notebooks'), '.ipynb').filter(
    (file) => path.basename(file).includes(pattern) && !file.includes('.ipynb_checkpoints'),
  );
  if (files.length === 0)
    throw new Failure(`no notebook has "${pattern}" in its name`, 'ls notebooks lists them');
  const settings = chosen(values);
  await setup();
  const env = { ...venvEnvironment(), ...settings };
  const done = [];
  for (const file of files) done.push(await execute(file, values['in-place'], env));
  if (env.D2L_EPOCHS)
    say(
      `· what the lessons claim is not checked: with D2L_EPOCHS=${env.D2L_EPOCHS} they are not fully trained`,
    );
  else await check(done);
  return 0;
}

/** The environment that the options stand for. */
function chosen({ backend, epochs }) {
  if (backend !== undefined && !BACKENDS.includes(backend)) {
    throw new Failure(`there is no backend "${backend}"`, `choose of ${BACKENDS.join(', ')}`);
  }
  const slow = backend !== undefined && backend !== 'tensorflow';
  const passes = epochs ?? (slow ? '1' : undefined);
  return { ...(backend && { D2L_BACKEND: backend }), ...(passes && { D2L_EPOCHS: passes }) };
}

async function execute(file, inPlace, env) {
  say(`· ${short(file)} …`);
  const began = Date.now();
  const target = inPlace ? file : path.join(root, 'artifacts', 'notebooks', path.basename(file));
  const args = [path.join(root, 'scripts', 'house', 'execute.py'), file, target];
  const { done } = start(venvPython, args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const { code } = await done;
  if (stopSignal()) throw new Failure(`stopped by ${stopSignal()}`, 'run the same command again');
  if (code !== 0)
    throw new Failure(`${short(file)} failed (${seconds(began)})`, 'the cell and its error are above');
  say(`✔ ${short(file)} (${seconds(began)})`);
  return target;
}

/** Perplexities, shapes and scores against what the prose says about them. */
async function check(files) {
  const args = [path.join(root, 'notebooks', 'check.py'), ...files];
  const { done } = start(venvPython, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  const { code } = await done;
  if (code !== 0)
    throw new Failure(
      'a lesson does not show what its text says',
      'see above; the claims are in notebooks/check.py',
    );
  say(`✔ ${files.length} notebooks show what their texts say`);
}

if (isMain(import.meta.url)) await main(command);
