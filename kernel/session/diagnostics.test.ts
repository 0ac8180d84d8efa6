import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'node:test';
import { frameDiagnostics } from './diagnostics.js';

function framed(code: number, text: string, source = 'x'): string[] {
  const diagnostic = { code, text, pos: 0, end: 1 } as Parameters<typeof frameDiagnostics>[2][number];
  return frameDiagnostics(source, '[1]', [diagnostic]).map((line) => stripVTControlCharacters(line));
}

function hint(code: number, text: string): string | undefined {
  return /hint: (.*)/.exec(framed(code, text).at(-1)!)?.[1];
}

const MISSING: [number, string][] = [
  [2307, "Cannot find module 'inner' or its corresponding type declarations."],
  [2792, "Cannot find module 'inner'. Did you mean to set the 'moduleResolution' option to 'nodenext'?"],
  [2882, "Cannot find module or type declarations for side-effect import of 'inner'."],
  [2664, "Invalid module name in augmentation, module 'inner' cannot be found."],
  [2875, "This JSX tag requires the module path 'inner/jsx-runtime' to exist, but none could be found."],
];
for (const [code, text] of MISSING) {
  test(`TS${code} tells how to install the package`, () =>
    assert.equal(hint(code, text), 'install it with  %npm i inner'));
}

test('the package is what npm knows, not a file in it', () => {
  for (const [specifier, name] of Object.entries({ 'a/b/c.js': 'a', '@s/a/b': '@s/a', 'a.js': 'a.js' }))
    assert.equal(hint(2882, `… import of '${specifier}'.`), `install it with  %npm i ${name}`);
});

test('types alone, and names as Deno writes them', () => {
  assert.equal(
    hint(2688, "Cannot find type definition file for 'inner'."),
    'install it with  %npm i @types/inner',
  );
  const ways = { 'npm:zod': 'zod', 'npm:zod@3': 'zod', 'npm:@s/a@1.2.3': '@s/a' };
  for (const [specifier, name] of Object.entries(ways))
    assert.equal(
      hint(2307, `Cannot find module '${specifier}'`),
      `install it with  %npm i ${name}  and import it as '${name}'`,
    );
});

test('npm does not help with files, URLs, aliases and modules of Node', () => {
  for (const specifier of [
    './a',
    '../a',
    '/a',
    '#a',
    'node:nope',
    'fs/nope',
    'jsr:@a/b',
    'https://x.org/a.js',
    'file:///a',
  ])
    assert.equal(hint(2307, `Cannot find module '${specifier}'`), undefined);
});

test('names that no cell declares', () => {
  for (const [code, text] of [
    [2304, "Cannot find name 'api'."],
    [2503, "Cannot find namespace 'api'."],
    [18004, "No value exists in scope for the shorthand property 'api'."],
  ] as const)
    assert.match(hint(code, text)!, /no cell that has run declares api/);
});

test('what other places have under a name has a way here', () => {
  const ways = {
    prompt: /await input\(/,
    confirm: /await input\(/,
    alert: /console\.log/,
    print: /console\.log/,
  };
  for (const [name, way] of Object.entries(ways))
    assert.match(hint(2304, `Cannot find name '${name}'.`)!, way);
  assert.match(
    hint(2584, "Cannot find name 'document'. Do you need to change your target library?")!,
    /display/,
  );
});
