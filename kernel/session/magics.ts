/** @file `%line` and `%%cell` magics: their syntax and the table of what each does, with the help that %help prints. */
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { duration } from '../duration.js';
import type { MimeBundle } from '../runner/ipc.js';
import type { Outcome, TypeCheck } from './session.js';
import { execute, MagicError } from './shell.js';

/** What a magic may do with the session it is used in. */
export interface MagicContext {
  readonly cwd: string;
  typecheck: TypeCheck;
  /** The package that JSX elements are made by, none when JSX is off. */
  jsx: string | undefined;
  print(text: string, name?: 'stdout' | 'stderr'): void;
  show(data: MimeBundle): void;
  /** Runs code as part of the cell. */
  run(source: string): Promise<Outcome>;
  /** Runs code that is not the user's own, without a type check. */
  runInternal(source: string): Promise<Outcome>;
  /** Names of earlier cells with their declarations. */
  variables(): Promise<[name: string, declaration: string][]>;
  /** Ends the runner and forgets every name. */
  reset(): void;
  chdir(folder: string): Promise<void>;
  /** Lets the compiler look at the disk again, e.g. for new packages. */
  rescan(): void;
  /** Settles when the reader presses Stop. */
  readonly stopped: Promise<void>;
  /** Lets a group of processes end no later than the variables; told again when it has ended. */
  adopt(leader: number, alive: boolean): void;
  env: NodeJS.ProcessEnv;
}

type MagicResult = Outcome | undefined | void; // eslint-disable-line -- most magics return nothing

interface Magic {
  usage: string;
  help: string;
  /** Whether the text below (or after) it is the magic's own rather than code to be run next. */
  takesCell?: boolean;
  run(context: MagicContext, args: string, body: string): MagicResult | Promise<MagicResult>;
}

export { MagicError };

const CHECKS = ['block', 'warn', 'off'] as const;

function show(type: string): Magic['run'] {
  return (context, _args, body) => context.show({ [type]: body, 'text/plain': body });
}

async function timed(context: MagicContext, code: string): Promise<Outcome> {
  const start = performance.now();
  const outcome = await context.run(code);
  context.print(`wall time: ${duration(performance.now() - start)}\n`);
  return outcome;
}

async function timeit(context: MagicContext, code: string): Promise<Outcome> {
  if (!code.trim()) throw new MagicError('%timeit needs code to time, e.g. %timeit Math.sqrt(2)');
  const isAsync = /\bawait\b/.test(code);
  const first = await context.run(code);
  if (first.error) return first;
  const call = isAsync ? `async () => { ${code}\n }` : `() => { ${code}\n }`;
  return context.runInternal(`await globalThis[Symbol.for('d2l-ts.timeit')](${call})`);
}

export const MAGICS: Readonly<Record<string, Magic>> = {
  help: {
    usage: '%help [magic]',
    help: 'lists the magics, or explains one; name? shows the documentation of any name',
    run(context, args) {
      const name = args.replace(/^%+/, '');
      if (name && !MAGICS[name]) throw unknownMagic(name);
      const shown = name ? [MAGICS[name]!] : Object.values(MAGICS);
      const width = Math.max(...shown.map((magic) => magic.usage.length));
      context.print(shown.map((magic) => `${magic.usage.padEnd(width)}  ${magic.help}\n`).join(''));
    },
  },
  npm: {
    usage: '%npm i PACKAGE …',
    help: "runs npm in the notebook's folder; the next cell can import what it installed",
    async run(context, args) {
      if (!args) throw new MagicError('%npm needs a command, e.g. %npm i lodash');
      const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
      const outcome = await execute(context, npm, [...args.split(/\s+/), '--no-fund', '--no-audit']);
      context.rescan();
      return outcome;
    },
  },
  typecheck: {
    usage: '%typecheck [block|warn|off]',
    help: 'whether a type error stops a cell (block), is only shown (warn), or is not looked for (off)',
    run(context, args) {
      if (!args) return context.print(`type checking: ${context.typecheck}\n`);
      const mode = CHECKS.find((check) => check === args);
      if (!mode) throw new MagicError(`%typecheck takes block, warn or off, got "${args}"`);
      context.typecheck = mode;
    },
  },
  jsx: {
    usage: '%jsx [PACKAGE|off]',
    help: 'lets cells contain JSX, made by the package, e.g. react or preact; `<T>x` is no longer a type assertion then',
    run(context, args) {
      if (!args) return context.print(`JSX: ${context.jsx ?? 'off'}\n`);
      if (!/^(@[\w.-]+\/)?[\w.-]+$/.test(args))
        throw new MagicError(`%jsx takes the name of a package or off, got "${args}"`);
      context.jsx = args === 'off' ? undefined : args;
    },
  },
  time: {
    usage: '%time CODE  or  %%time',
    help: 'runs the code once and prints how long it took',
    takesCell: true,
    run: (context, args, body) => timed(context, [args, body].filter((part) => part.trim()).join('\n')),
  },
  timeit: {
    usage: '%timeit CODE  or  %%timeit',
    help: 'runs the code many times and prints mean and spread',
    takesCell: true,
    run: (context, args, body) => timeit(context, [args, body].filter((part) => part.trim()).join('\n')),
  },
  who: {
    usage: '%who',
    help: 'lists the names that cells have declared, with their types',
    async run(context) {
      const rows = (await context.variables()).map(([name, text]) => ({ name, type: typeOf(text) }));
      if (!rows.length) return context.print('no cell has declared a name yet\n');
      const width = Math.max(...rows.map((row) => row.name.length));
      context.print(rows.map((row) => `${row.name.padEnd(width)}  ${row.type}\n`).join(''));
    },
  },
  reset: {
    usage: '%reset',
    help: 'forgets every name, in a fresh process',
    run: (context) => context.reset(),
  },
  cd: {
    usage: '%cd [FOLDER]',
    help: 'changes the folder that imports and files are looked for in, or prints it',
    async run(context, args) {
      if (args)
        await context.chdir(
          resolve(
            context.cwd,
            args.replace(/^(['"])(.*)\1$/, '$2').replace(/^~/, context.env['HOME'] ?? '~'),
          ),
        );
      context.print(`${context.cwd}\n`);
    },
  },
  env: {
    usage: '%env [NAME[=VALUE]]',
    help: 'shows or sets environment variables of the running process',
    async run(context, args) {
      const [, name, value] = /^(\w+)(?:\s*=\s*(.*)|\s+(.+))?$/.exec(args) ?? [];
      if (args && !name) throw new MagicError(`%env takes NAME or NAME=VALUE, got "${args}"`);
      if (value === undefined) {
        const names = name ? [name] : Object.keys(context.env).sort();
        return context.print(names.map((key) => `${key}=${context.env[key] ?? ''}\n`).join(''));
      }
      context.env[name!] = value;
      return context.runInternal(
        `process.env[${JSON.stringify(name)}] = ${JSON.stringify(value)}; undefined`,
      );
    },
  },
  load: {
    usage: '%load FILE',
    help: 'puts the text of a file into a new cell',
    run(context, args) {
      if (!args) throw new MagicError('%load needs a file, e.g. %load model.ts');
      return { nextInput: readText(resolve(context.cwd, args)) };
    },
  },
  html: { usage: '%%html', help: 'shows the cell as HTML', takesCell: true, run: show('text/html') },
  svg: {
    usage: '%%svg',
    help: 'shows the cell as an SVG image',
    takesCell: true,
    run: show('image/svg+xml'),
  },
  md: { usage: '%%md', help: 'shows the cell as Markdown', takesCell: true, run: show('text/markdown') },
  bash: {
    usage: '%%bash',
    help: "runs the cell as a shell script in the notebook's folder; what it leaves running ends with the kernel",
    takesCell: true,
    run: (context, args, body) =>
      execute(context, 'bash', ['-s', '--', ...args.split(/\s+/).filter(Boolean)], body),
  },
  writefile: {
    usage: '%%writefile [-a] FILE',
    help: 'writes the cell into a file, or with -a appends it',
    takesCell: true,
    run(context, args, body) {
      const [, append, name] = /^(-a\s+)?(.+)$/.exec(args) ?? [];
      if (!name) throw new MagicError('%%writefile needs a file name, e.g. %%writefile model.ts');
      const path = resolve(context.cwd, name);
      writeFileSync(path, `${body.replace(/\n?$/, '\n')}`, { flag: append ? 'a' : 'w' });
      context.print(`${append ? 'appended to' : 'wrote'} ${path}\n`);
    },
  },
};

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new MagicError(`cannot read ${path}: ${(error as Error).message}`);
  }
}

export function unknownMagic(name: string): MagicError {
  return new MagicError(`there is no magic %${name}; %help lists those there are`);
}

/** The type in a kept declaration, in one line. */
function typeOf(declaration: string): string {
  const bare = declaration.replace(/^\/\*\*[^]*?\*\/ /, '');
  const [, called] = /^declare function [^(<]+([^]*)$/.exec(bare) ?? [];
  const [, type] = /^declare (?:const|let) [^:]+: ([^]*)$/.exec(bare) ?? [];
  const text = (called ?? type ?? /^(?:abstract )?\w+/.exec(bare)?.[0] ?? '').replace(/\s+/g, ' ');
  return text.length > 100 ? `${text.slice(0, 99)}…` : text;
}
