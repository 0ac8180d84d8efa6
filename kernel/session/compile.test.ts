/** @file Cells against plain Node: programs made at random, run as cells and as the JavaScript they stand for. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import vm from 'node:vm';
import { makeProgram, type Program } from '../test/programs.js';
import { Session } from './session.js';

/** How values are written, the same on both sides. */
const LOG = `(...values) => write(values.map((value) => typeof value === 'function' ? 'function ' + value.name :
  value instanceof RegExp ? String(value) : JSON.stringify(value)).join(' '))`;

let session: Session;
let folder: string;
let written = '';

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'd2l-programs-'));
  session = new Session(folder);
  session.typecheck = 'off';
  const nothing = (): void => {};
  session.listen({
    stream: (_cell, _name, text) => (written += text),
    display: nothing,
    clear: nothing,
    lateError: (_cell, { message }) => (written += `late: ${message}\n`),
    input: () => Promise.resolve(null),
    comm: nothing,
    fresh: nothing,
  });
  const write = `const write = (text) => process.stdout.write(text + '\\n')`;
  const { error } = await session.execute(`${write}; globalThis.log = ${LOG}`, request(1));
  assert.equal(error, undefined);
});

after(() => {
  session.close();
  rmSync(folder, { recursive: true });
});

function request(id: number): { id: number; count: number; stdin: boolean } {
  return { id, count: id, stdin: false };
}

let runs = 1;

async function asCells({ cells }: Program): Promise<string[]> {
  const outcomes: string[] = [];
  for (const cell of cells) {
    written = '';
    const { error } = await session.execute(cell, request(++runs));
    outcomes.push(written + (error ? `${error.name}: ${error.message}` : ''));
    if (error) break; // what the cell did not come to stays as it was, here only
  }
  return outcomes;
}

async function asScripts({ plain }: Program): Promise<string[]> {
  const outcomes: string[] = [];
  let text = '';
  const write = (line: string): void => void (text += `${line}\n`);
  const context = vm.createContext({ write, setImmediate });
  vm.runInContext(`globalThis.log = ${LOG}`, context);
  for (const script of plain) {
    text = '';
    let thrown = '';
    try {
      const isShared = plain.length > 1;
      const text = isShared ? `"use strict"; ${script}` : `(async () => { "use strict"; ${script}\n})()`;
      await vm.runInContext(text, context);
    } catch (error) {
      const { name, message } = error as Error;
      thrown = `${name}: ${message}`;
    }
    outcomes.push(text + thrown);
    if (thrown) break;
  }
  return outcomes;
}

async function compare(seeds: number, cells: number): Promise<void> {
  for (let seed = 1; seed <= seeds; seed++) {
    const program = makeProgram(seed, cells);
    const [ours, nodes] = [await asCells(program), await asScripts(program)];
    assert.deepEqual(ours, nodes, `seed ${seed}:\n${program.cells.join('\n---\n')}`);
  }
}

test('1,500 programs of one cell do what plain Node does', () => compare(1500, 1));

test('500 programs of several cells that share names do what plain Node does with one script a cell', () =>
  compare(500, 4));
