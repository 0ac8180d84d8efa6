/** @file The kernel's two programs, each in one file. */
import fs from 'node:fs';
import path from 'node:path';
import { root } from './paths.mjs';

const PROGRAMS = { 'd2l-ts': 'kernel/main.js', 'runner-code': 'kernel/runner/runner.js' };

/** Joins what the compiler wrote to dist/kernel into dist/bin; packages stay where npm put them. */
export async function bundle() {
  const { build } = await import('esbuild'); // not there yet when a first set-up begins
  await build({
    entryPoints: Object.entries(PROGRAMS).map(([out, file]) => ({ out, in: path.join(root, 'dist', file) })),
    outdir: path.join(root, 'dist', 'bin'),
    outExtension: { '.js': '.cjs' }, // CommonJS starts some 7 ms sooner
    bundle: true,
    platform: 'node',
    target: 'node20',
    minifyWhitespace: true, // V8 reads all of it at each start
    minifySyntax: true,
    format: 'cjs',
    // What has native code, or is looked up by Node.
    external: ['zeromq', 'koffi', 'tslab', 'typescript', '@oxc-*', '*.node', './webcontainer-fallback.cjs'],
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
    sourcemap: true,
    logLevel: 'warning',
  });
  fs.copyFileSync(
    path.join(root, 'kernel', 'runner', 'start.cjs'),
    path.join(root, 'dist', 'bin', 'runner.cjs'),
  );
}
