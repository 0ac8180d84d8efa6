/**
 * @file tfjs-core's own specs, those that npm ships, on our backend: `npm run bench -- specs [--backend wasm]
 * [--match TEXT] [--json FILE]`. `D2L_JASMINE` names a folder with `node_modules/jasmine-core` of version 3, which is
 * no dependency of ours: `npm install --prefix FOLDER jasmine-core@3`.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values: args } = parseArgs({
  options: { backend: { type: 'string' }, match: { type: 'string', default: '' }, json: { type: 'string' } },
});
if (args.backend) process.env['D2L_BACKEND'] = args.backend;

/** A spec as jasmine reports it. */
interface Spec {
  readonly fullName: string;
  readonly status: 'passed' | 'failed' | 'pending' | 'excluded';
  readonly failedExpectations: readonly { readonly message: string }[];
}
/** The parts of jasmine that run specs. */
interface Jasmine {
  readonly getEnv: () => {
    configure(options: object): void;
    addReporter(reporter: { specDone(spec: Spec): void }): void;
    execute(specs: null, done: () => void): void;
  };
}
interface JasmineCore {
  core(from: JasmineCore): Jasmine;
  interface(jasmine: Jasmine, env: unknown): object;
}
/** The parts of Node's loader of CommonJS that are needed to read files written as ES modules without saying so. */
interface Loader {
  _extensions: Record<string, (module: { _compile(code: string, file: string): void }, file: string) => void>;
  _resolveFilename(request: string, ...rest: unknown[]): string;
}
interface Transpiler {
  transpileModule(code: string, options: object): { outputText: string };
}

const require = createRequire(import.meta.url);
const jasmineFolder = process.env['D2L_JASMINE'];
if (!jasmineFolder) {
  throw new Error('D2L_JASMINE must name a folder where `npm install jasmine-core@3` was run');
}
const core = join(dirname(require.resolve('@tensorflow/tfjs-core/package.json')), 'dist');
const jasmineFile = join(jasmineFolder, 'node_modules/jasmine-core/lib/jasmine-core/jasmine.js');

/** Lets the package's files import one another, and jasmine from where it is. */
function openSpecs(): void {
  const loader = Module as unknown as Loader;
  const compiler = createRequire(require.resolve('tslab/package.json'))(
    '@tslab/typescript-for-tslab',
  ) as Transpiler;
  const [plain, resolve] = [loader._extensions['.js'], loader._resolveFilename.bind(loader)];
  const compilerOptions = { module: 1, target: 9, esModuleInterop: true };
  loader._extensions['.js'] = (module, file) => {
    if (!file.startsWith(core) || file.endsWith('.node.js')) return plain?.(module, file);
    module._compile(
      compiler.transpileModule(readFileSync(file, 'utf8'), { compilerOptions }).outputText,
      file,
    );
  };
  loader._resolveFilename = (request, ...rest) =>
    request.startsWith('jasmine-core/') ? jasmineFile : resolve(request, ...rest);
}

const { ready, backendInfo } = await import('../lib/main.js');
await ready();
const backend = backendInfo().name;
openSpecs();
const jasmineCore = require(jasmineFile) as JasmineCore;
const jasmine = jasmineCore.core(jasmineCore);
const env = jasmine.getEnv();
Object.assign(globalThis, { jasmine }, jasmineCore.interface(jasmine, env));
require(join(core, 'public/chained_ops/register_all_chained_ops.js'));
require(join(core, 'register_all_gradients.js'));
const { setTestEnvs } = require(join(core, 'jasmine_util.js')) as { setTestEnvs: (envs: object[]) => void };
setTestEnvs([{ name: backend, backendName: backend, flags: {}, isDataSync: true }]);

const missing: string[] = [];
for (const [, name = ''] of readFileSync(join(core, 'tests.js'), 'utf8').matchAll(/^import '\.\/(.+)';/gm)) {
  if (existsSync(join(core, `${name}.js`))) require(join(core, `${name}.js`));
  else missing.push(name);
}
const failed: { name: string; why: string }[] = [];
const counts = { passed: 0, failed: 0, pending: 0, excluded: 0 };
env.configure({
  random: false,
  oneFailurePerSpec: true,
  specFilter: (spec: { getFullName(): string }) => spec.getFullName().includes(args.match),
});
env.addReporter({
  specDone({ fullName, status, failedExpectations: [failure] }) {
    counts[status]++;
    if (status === 'failed') failed.push({ name: fullName, why: failure?.message.split('\n')[0] ?? '' });
  },
});
await new Promise<void>((done) => env.execute(null, done));
for (const { name, why } of failed) console.log(`✗ ${name}\n    ${why.slice(0, 160)}`);
console.log(JSON.stringify({ backend, ...counts, missing }));
if (args.json) writeFileSync(args.json, `${JSON.stringify({ backend, counts, failed, missing }, null, 2)}\n`);
