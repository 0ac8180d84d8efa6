import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { laterMethods, lstmSection, mistakes, translationSection } from './snippets.js';

const library = fileURLToPath(new URL('../main.js', import.meta.url));
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');

/** Compiles each text as a module of its own; the codes of the errors of each. */
function compile(cells: readonly string[]): { codes: number[][]; output: string } {
  const folder = mkdtempSync(join(dirname(library), 'cells-'));
  try {
    const compilerOptions = {
      target: 'es2022',
      module: 'nodenext',
      types: ['node'],
      strict: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
      noEmit: true,
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }));
    cells.forEach((cell, i) =>
      writeFileSync(
        join(folder, `cell${i}.mts`),
        `import * as d2l from ${JSON.stringify(library)};\n${cell}\nexport {};`,
      ),
    );
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
    });
    const codes = cells.map((_, i) =>
      [...stdout.matchAll(new RegExp(`cell${i}\\.mts\\(.*?error TS(\\d+)`, 'g'))].map(([, code]) =>
        Number(code),
      ),
    );
    return { codes, output: stdout };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the cells of the lecture compile under strict, and mistakes do not', () => {
  const good = [lstmSection, translationSection, laterMethods];
  const { codes, output } = compile([...good, ...mistakes.map(([, cell]) => cell)]);
  assert.deepEqual(
    codes.slice(0, good.length),
    good.map(() => []),
    output,
  );
  const found = codes.slice(good.length);
  assert.deepEqual(
    mistakes.map(([code, cell], i) => [found[i]?.includes(code) ? code : found[i], cell]),
    mistakes.map(([code, cell]) => [code, cell]),
  );
});
