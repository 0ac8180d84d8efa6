/** @file Which tests plain Node passes: each in a fresh context, in processes of their own that may be lost. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import type { Test } from './selection.js';

const LIMIT_MS = 10_000;
const JUDGE = 'judge';

/** The tests that Node passes, in their order; one that takes the process down, or too long, does not pass. */
export async function passInNode(tests: readonly Test[], jobs: number): Promise<Test[]> {
  const passed = new Set<string>();
  const queue = [...tests];
  await Promise.all(
    Array.from({ length: jobs }, async () => {
      let judge: ChildProcess | undefined;
      for (let test = queue.shift(); test; test = queue.shift()) {
        judge = judge?.connected ? judge : fork(fileURLToPath(import.meta.url), [JUDGE]);
        if (await ask(judge, test)) passed.add(test.name);
      }
      judge?.disconnect();
    }),
  );
  return tests.filter(({ name }) => passed.has(name));
}

function ask(judge: ChildProcess, { text }: Test): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (passes: boolean): void => {
      judge.off('exit', lost).off('message', settle as () => void);
      resolve(passes);
    };
    const lost = (): void => settle(false);
    judge.on('exit', lost).on('message', settle as () => void);
    judge.send(text);
  });
}

function passes(text: string): boolean {
  try {
    vm.runInContext(`"use strict";\n${text}`, vm.createContext({}), { timeout: LIMIT_MS });
    return true;
  } catch {
    return false;
  }
}

/** The process that judges. A promise that a test leaves rejected is none of its business. */
if (process.argv[2] === JUDGE) {
  process.on('unhandledRejection', () => {});
  process.on('message', (text: string) => process.send!(passes(text)));
}
