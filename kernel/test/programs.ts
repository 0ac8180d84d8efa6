/**
 * @file Programs made at random from a seed, for a comparison: as TypeScript in cells, and as the JavaScript it stands for.
 * They log what they do. All loops end, and every name read is one that is declared, though perhaps only later.
 */

/** One program: cells of a notebook, and what plain Node is to run for each. */
export interface Program {
  cells: string[];
  plain: string[];
}

/** A text in both forms. */
interface Twin {
  ts: string;
  js: string;
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

/** Numbers from a seed (mulberry32), the same in every run. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param cells how many; in several, top-level names are shared, and declared again as anything */
export function makeProgram(seed: number, cells: number): Program {
  const writer = new Writer(random(seed), cells > 1);
  const twins = Array.from({ length: cells }, () => writer.cell());
  return { cells: twins.map(({ ts }) => ts), plain: twins.map(({ js }) => js) };
}

class Writer {
  /** Names that may be read without a TDZ in the way. */
  #known: string[] = [];
  #depth = 0;
  #count = 0;

  constructor(
    private readonly next: () => number,
    private readonly isShared: boolean,
  ) {}

  cell(): Twin {
    const size = 3 + this.#below(6);
    const free = this.#shuffled(NAMES).slice(0, size);
    // Until a cell has come to them, its own names are dead in it.
    this.#known = this.#known.filter((name) => !free.includes(name));
    const lines: Twin[] = [];
    for (let i = 0; i < size; i++) {
      const name = this.next() < 0.5 ? free.pop() : undefined;
      lines.push(name ? this.#declaration(name) : this.#statement());
    }
    lines.push(this.#text(`log(${this.#known.map((name) => `typeof ${name}`).join(', ') || 0})`));
    return join(lines, this.#pick([';\n', '\n;', ';', '\n']));
  }

  #declaration(name: string): Twin {
    const twin = this.#oneOf([
      () => this.#variable(name),
      () => this.#variable(name),
      () => this.#pattern(name),
      () => this.#function(name),
      () => this.#class(name),
      () => this.#hoisted(name),
      () => this.#early(name),
    ]);
    if (!this.#known.includes(name)) this.#known.push(name);
    return twin;
  }

  /** In several cells the plain form is a script's `var`, which may be declared again. */
  #keyword(): Twin {
    const ts = this.#pick(this.isShared ? ['let', 'var'] : ['let', 'const', 'var']);
    return { ts, js: this.isShared ? 'var' : ts };
  }

  #variable(name: string): Twin {
    const value = this.#value();
    const type = this.#pick([': any', ': unknown', '']);
    const { ts, js } = this.#keyword();
    return {
      ts: `${ts} ${name}${value.includes('=>') ? ': any' : type} = ${value}`,
      js: `${js} ${name} = ${value}`,
    };
  }

  #pattern(name: string): Twin {
    const { ts, js } = this.#keyword();
    const [pattern, value] = this.#pick([
      [`{ ${name} = ${this.#value()} }`, `{}`],
      [`[${name} = ${this.#value()}]`, `[${this.#pick(['', 'undefined', 'null'])}]`],
      [`{ x: [, ${name}] }`, `{ x: [1, ${this.#value()}] }`],
      [`{ ['k' + 1]: ${name} }`, `{ k1: ${this.#value()} }`],
      [`{ y: _${name}, ...${name} }`, `{ y: 1, z: ${this.#value()} }`],
      [`[_${name}, ...${name}]`, `[1, ${this.#value()}, 3]`],
      [`{ ${name} = () => 1 }`, `{}`],
    ] as const);
    // In brackets: `as` ends an expression where JavaScript would go on.
    return { ts: `${ts} ${pattern}: any = (${value} as any)`, js: `${js} ${pattern} = (${value})` };
  }

  #function(name: string): Twin {
    const body = this.#block();
    const call = `log(${name}.name, ${name}.length, ${name}(2))`;
    return {
      ts: `function ${name}(n: number, m?: number): any { ${body.ts}\n return n > 0 ? ${name}(n - 1) : typeof m }\n${call}`,
      js: `function ${name}(n, m) { ${body.js}\n return n > 0 ? ${name}(n - 1) : typeof m }\n${call}`,
    };
  }

  #class(name: string): Twin {
    const value = this.#value();
    const open = this.isShared ? `var ${name} = class ${name}` : `class ${name}`;
    const ts = `{ private readonly v: any = ${value}; static s: any = '${name}'; #p = 1; get p(): number { return this.#p } static { log('static', ${name}.name) } m<T>(x: T): T { return x } }`;
    const js = `{ v = ${value}; static s = '${name}'; #p = 1; get p() { return this.#p } static { log('static', ${name}.name) } m(x) { return x } }`;
    const use = `log(new ${name}().p, ${name}.s, new ${name}().m(5))`;
    return { ts: `class ${name} ${ts}\n${use}`, js: `${open} ${js}\n${use}` };
  }

  /** Called above its text. */
  #hoisted(name: string): Twin {
    return {
      ts: `log(${name}(1))\nfunction ${name}(x: any): any { return [x, typeof ${name}] }`,
      js: `log(${name}(1))\nfunction ${name}(x) { return [x, typeof ${name}] }`,
    };
  }

  /** Read before it is there: dead with let, const and class, undefined with var. One cell alone: shared, it may be old. */
  #early(name: string): Twin {
    if (this.isShared) return this.#variable(name);
    const { ts } = this.#keyword();
    const read = `(() => { try { log(typeof ${name}, ${name}) } catch (e) { log(NAME, MESSAGE) } })()`;
    const again = ts === 'const' ? `try { ${name} = 1 } catch (e) { log(NAME) }` : `${name} = 1`;
    const form = (error: string): string =>
      `${read}\n${ts} ${name}§ = 2; ${again}; log(${name})`
        .replaceAll('NAME', `${error}.name`)
        .replaceAll('MESSAGE', `${error}.message`);
    return { ts: form('(e as Error)').replace('§', ': any'), js: form('e').replace('§', '') };
  }

  #statement(): Twin {
    const k = `k${this.#count++}`;
    return this.#oneOf([
      () => this.#text(`log(${this.#value()})`),
      () =>
        this.#text(`if (${this.#condition()}) var ${k} = ${this.#value()}; else var ${k} = 'no'\nlog(${k})`),
      () => this.#text(`if (${this.#condition()}) { var ${k} = 1 }\nlog(typeof ${k})`),
      () => this.#wrap(`for (let i = 0; i < 3; i++) {`, this.#block(), '}'),
      () => this.#wrap(`for (var ${k} = 0; ${k} < 3; ${k}++) {`, this.#block(), `}\nlog(${k})`),
      () => this.#wrap(`for (const i of [1, 2]) {`, this.#block(), '}'),
      () => this.#text(`for (var ${k} of [1, 2]) log(${k})\nlog(${k})`),
      () => this.#text(`for (var [${k}, q${k}] of [[1, 2]]) log(${k}, q${k})`),
      () => this.#text(`for (var ${k} in { x: 1, y: 2 }) log(${k})\nlog(${k})`),
      () => this.#text(`var ${k}, q${k} = 1, r${k}\nlog(${k}, q${k}, r${k})`),
      () => this.#text(`var ${k} = 5\nvar ${k}\nlog(${k})`),
      () => this.#text(`do { var ${k} = 1; if (${k}) break } while (true)\nlog(${k})`),
      () =>
        this.#text(
          `outer: for (var ${k} = 0; ${k} < 2; ${k}++) for (;;) { if (${k}) break outer; continue outer }`,
        ),
      () =>
        this.#wrap(`try {`, this.#block(), `} catch { log('caught') } finally { var ${k} = 1 }\nlog(${k})`),
      () =>
        this.#text(
          `try { throw ${this.#value()} } catch (error) { var ${k} = error; log('thrown') }\nlog(typeof ${k})`,
        ),
      () =>
        this.#text(
          `switch (${this.#below(3)}) { case 0: let z = 1; log(z); case 1: var ${k} = 2; break; default: log('d') }\nlog(${k})`,
        ),
      () => this.#wrap(`{`, this.#block(), '}'),
      () =>
        this.#text(
          `const fs${k} = []; for (let i = 0; i < 3; i++) fs${k}.push(() => i)\nlog(fs${k}.map((h) => h()))`,
        ),
      () => this.#waiting(`log(await new Promise((r) => setImmediate(r, ${this.#below(9)})))`),
      () => this.#waiting(`for await (const i of [Promise.resolve(1), 2]) log(i)`),
      () => this.#assignment(),
      () =>
        this.#text(
          `log(((x) => { var ${k} = x; { let ${k} = 2; log(${k}) } return ${k} })(${this.#value()}))`,
        ),
      () => this.#text(`;[1, 2].forEach((x) => log(x))`),
    ]);
  }

  /** A script for several has no await. */
  #waiting(text: string): Twin {
    return this.#text(this.isShared ? 'log(1)' : text);
  }

  #assignment(): Twin {
    if (!this.#known.length) return this.#text('log(0)');
    const name = this.#pick(this.#known);
    // A constant refuses; a type check would have said so before.
    return this.#text(`try { ${name} = ${this.#value()}; log(typeof ${name}) } catch { log('constant') }`);
  }

  #block(): Twin {
    if (this.#depth > 1) return this.#text(`log(${this.#value()})`);
    this.#depth++;
    const known = [...this.#known];
    const inner = this.#pick(NAMES);
    this.#known = known.filter((name) => name !== inner);
    const first = this.#text(`${this.#pick(['let', 'const'])} ${inner} = ${this.#value()}`);
    this.#known.push(inner);
    const lines = [first, this.#flat(), this.#text(`log(typeof ${inner})`)];
    this.#known = known;
    this.#depth--;
    return join(lines, '\n');
  }

  /** A statement without an await, for functions. */
  #flat(): Twin {
    return this.#oneOf([
      () => this.#text(`log(${this.#value()})`),
      () => this.#wrap(`for (let j = 0; j < 2; j++) {`, this.#block(), '}'),
      () => this.#text(`{ function inside() { return 'i' } log(inside()) }`),
      () => this.#assignment(),
    ]);
  }

  #value(): string {
    const name = this.#known.length ? this.#pick(this.#known) : '0';
    return this.#pick([
      String(this.#below(10)),
      `'s${this.#below(10)}'`,
      `typeof ${name}`,
      `[${this.#below(5)}, typeof ${name}]`,
      `{ v: ${this.#below(5)} }`,
      `(() => ${this.#below(9)})()`,
      `\`t\${typeof ${name}}\``,
      `/x/g`,
      `((x) => x)`,
      `null`,
    ]);
  }

  #condition(): string {
    return this.#pick(['true', 'false', '1 > 2', "'x'", '!0']);
  }

  #text(text: string): Twin {
    return { ts: text, js: text };
  }

  #wrap(before: string, { ts, js }: Twin, after: string): Twin {
    return { ts: `${before} ${ts}\n${after}`, js: `${before} ${js}\n${after}` };
  }

  #below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#below(items.length)]!;
  }

  #oneOf(makers: readonly (() => Twin)[]): Twin {
    return this.#pick(makers)();
  }

  #shuffled<T>(items: readonly T[]): T[] {
    return items
      .map((item) => [this.next(), item] as const)
      .sort(([x], [y]) => x - y)
      .map(([, item]) => item);
  }
}

function join(lines: readonly Twin[], separator: string): Twin {
  return { ts: lines.map(({ ts }) => ts).join(separator), js: lines.map(({ js }) => js).join(separator) };
}
