/** @file The language tests of test262 that a cell can be asked for: strict, meant to succeed, at once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export interface Test {
  /** Path below test/language, without the ending. */
  name: string;
  /** The harness files it asks for and the test itself, as one text. */
  text: string;
}

/** These are about whole scripts and modules, or about names that a script leaves in the global scope. */
const OTHER_TOPICS = /^(eval-code|global-code|module-code|import|export|identifier-resolution)\//;
const OTHER_FLAGS = ['noStrict', 'raw', 'module', 'async', 'CanBlockIsFalse'];

/** @throws Error when the folder is no copy of test262 */
export function selectTests(folder: string, pattern: RegExp): Test[] {
  const language = join(folder, 'test', 'language');
  const harness = new Harness(join(folder, 'harness'));
  return testFiles(language).flatMap((name) => {
    if (OTHER_TOPICS.test(name) || !pattern.test(name)) return [];
    const text = readFileSync(join(language, `${name}.js`), 'utf8');
    const front = frontMatter(text);
    if (front.negative || front.flags.some((flag) => OTHER_FLAGS.includes(flag))) return [];
    return [{ name, text: `${harness.text(front.includes)}\n${text}` }];
  });
}

function testFiles(language: string): string[] {
  try {
    return readdirSync(language, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.js') && !entry.name.includes('_FIXTURE'))
      .map((entry) => relative(language, join(entry.parentPath, entry.name)).replace(/\.js$/, ''))
      .sort();
  } catch (cause) {
    throw new Error(`${language} cannot be read: FOLDER is to be a copy of github.com/tc39/test262`, {
      cause,
    });
  }
}

class Harness {
  readonly #files = new Map<string, string>();
  constructor(private readonly folder: string) {}

  text(includes: readonly string[]): string {
    return ['assert.js', 'sta.js', ...includes].map((name) => this.#file(name)).join('\n');
  }

  #file(name: string): string {
    let text = this.#files.get(name);
    if (text === undefined) this.#files.set(name, (text = readFileSync(join(this.folder, name), 'utf8')));
    return text;
  }
}

/** The three keys of a test's YAML that matter here; its lists are written `[a, b]` or one `- a` a line. */
function frontMatter(text: string): { negative: boolean; flags: string[]; includes: string[] } {
  const yaml = /\/\*---([^]*?)---\*\//.exec(text)?.[1]?.replace(/\r\n?/g, '\n') ?? '';
  const list = (key: string): string[] => {
    const [, inline, lines] = new RegExp(`^${key}:(?: *\\[(.*?)\\]|((?:\\n +- .*)+))`, 'm').exec(yaml) ?? [];
    return (inline?.split(',') ?? lines?.split('\n').map((line) => line.replace(/^ +- /, '')) ?? [])
      .map((item) => item.trim())
      .filter(Boolean);
  };
  return { negative: /^negative:/m.test(yaml), flags: list('flags'), includes: list('includes') };
}

/** `count` of the items in their order, always the same ones for a seed. */
export function sample<T>(items: readonly T[], count: number, seed: number): T[] {
  let state = seed;
  const random = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  return items
    .map((item, index) => ({ item, index, key: random() }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .sort((a, b) => a.index - b.index)
    .map(({ item }) => item);
}
