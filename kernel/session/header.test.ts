import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDeclarations } from './declarations.js';
import { Header } from './header.js';

/** Runs cells through a header, with the types a compiler would tell. */
function notebook(): { header: Header; run: (source: string, types?: Record<string, string>) => void } {
  const header = new Header();
  const run = (source: string, types: Record<string, string> = {}): void => {
    const { versions } = header.show(source);
    const { declared } = readDeclarations(source);
    const told = declared.map((d) => [d, types[d.name] ?? 'number'] as const);
    header.declare(declared, new Map(told), versions);
  };
  return { header, run };
}

test('a header does not grow with the times that a cell is run again', () => {
  const { header, run } = notebook();
  run('type Options = { net: Net }; function train(o: Options): void {}', { train: '(o: Options) => void' });
  run('const kept = new Net()', { kept: 'Net' });
  let size = 0;
  for (let i = 0; i < 1000; i++) {
    run(`class Net { a${i % 10} = 1; m() { return last } }\nconst net = new Net()`, { net: 'Net' });
    run('const last = { net }', { last: '{ net: Net }' });
    const { text } = header.show('net; last; train; kept; Options');
    if (i === 20) size = text.length;
    if (i > 20) assert.ok(text.length <= size + 20, text);
  }
});

test('a version is in the header as long as something refers to it', () => {
  const { header, run } = notebook();
  run('class P { x = 1 }\nlet p = new P()', { p: 'P' });
  run('class P { y = 2 }');
  assert.match(header.show('p').text, /class P\$1 \{ x = 1 \}/);
  assert.doesNotMatch(header.show('new P()').text, /P\$1/);
  run('p = new P()\nlet p = new P()', { p: 'P' });
  assert.doesNotMatch(header.show('p; P').text, /P\$1/);
});

test('versions of versions keep apart, also by names a cell has taken', () => {
  const { header, run } = notebook();
  run('class P { x = 1 }\nconst p1 = new P()', { p1: 'P' });
  run('class P { x = 2 }\nconst p2 = new P()', { p2: 'P' });
  run('class P { x = 3 }');
  const { text } = header.show('const P$1 = 5; [p1, p2, new P()]');
  const [, first] = /p1: (P\$\d+)/.exec(text)!;
  const [, second] = /p2: (P\$\d+)/.exec(text)!;
  assert.notEqual(first, second);
  assert.ok(!text.includes('P$1'), text);
  assert.ok(text.includes(`class ${first} { x = 1 }`) && text.includes(`class ${second} { x = 2 }`), text);
});

test('members, parameters and properties of the name of a type stay as they are', () => {
  const { header, run } = notebook();
  run('class P { x = 1 }\nconst o = f()', { o: '{ P: P; of(P: P): { P: number }; k: typeof ns.P }' });
  run('class P { y = 2 }');
  const { text } = header.show('o');
  assert.match(text, /declare const o: \{ P: P\$1; of\(P: P\): \{ P: number \}; k: typeof ns\.P \}/);
});

test('classes that mention each other, run again and again, keep nothing of before', () => {
  const { header, run } = notebook();
  for (let i = 0; i < 50; i++) {
    run(`class A { b?: B; n${i} = 1 }`);
    run(`class B extends A { a?: A; m${i} = 1 }`);
    run(`interface I { j?: J; n${i}: 1 }`);
    run(`interface J { i?: I; n${i}: 1 }`);
  }
  const { text } = header.show('A; B; I; J');
  assert.doesNotMatch(text, /\$\d/);
  assert.equal(text.match(/class|interface/g)!.length, 4);
});

test('a member that is added again takes the place of the one before', () => {
  const { header, run } = notebook();
  run('class Net {}');
  for (let i = 0; i < 100; i++) {
    header.extend('Net', 'go', `go(n: ${i}): void;`);
    header.augment({ key: 'm T.go', text: `declare module "m" { interface T { go(n: ${i}): void } }` });
  }
  assert.equal(header.show('Net').text.match(/go\(/g)!.length, 2);
});
