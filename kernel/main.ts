#!/usr/bin/env node
/** @file The command line: run a kernel, install and uninstall it, find out what is wrong. */
import { parseArgs } from 'node:util';
import { giveBack } from './certificates.js';
import type { Place } from './install.js';
import type { Search } from './jupyter.js';
import { takeListening } from './listening.js';

const USAGE = `Usage: d2l-ts <command>

  install [--user | --sys-prefix | --prefix DIR] [--name N]    make Jupyter know the kernel (default: --user)
  uninstall [the same options]                                 take it away again
  doctor [the same options]                                    check what the kernel needs, say what is missing
  run CONNECTION_FILE                                          start a kernel (Jupyter does this)
`;

interface Options {
  user?: boolean;
  'sys-prefix'?: boolean;
  prefix?: string;
  name?: string;
}

/** Where doctor has Jupyter look; without options where it looks by itself. */
async function search(values: Options): Promise<Search> {
  const named = values.user || values['sys-prefix'] || values.prefix;
  const { jupyterFolder } = await import('./install.js');
  return {
    ...(named && { data: jupyterFolder(place(values)) }),
    ...(values.name && { name: values.name }),
  };
}

function place(values: Options): Place {
  const given = [
    values.user && '--user',
    values['sys-prefix'] && '--sys-prefix',
    values.prefix && '--prefix',
  ].filter(Boolean);
  if (given.length > 1) throw new Error(`choose one of ${given.join(' and ')}`);
  if (values.prefix) return { kind: 'prefix', folder: values.prefix };
  return { kind: values['sys-prefix'] ? 'sys-prefix' : 'user' };
}

/** A server that was killed cannot ask its kernels to end: they notice that they have another parent. */
function endWithParent(end: () => void): void {
  const parent = process.ppid;
  setInterval(() => process.ppid !== parent && end(), 1000).unref();
}

async function main(argv: string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      user: { type: 'boolean' },
      'sys-prefix': { type: 'boolean' },
      prefix: { type: 'string' },
      name: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [command, file] = positionals;
  if (values.help || !command) return void process.stdout.write(USAGE);
  switch (command) {
    case 'run': {
      if (!file) throw new Error('run needs the path of a connection file');
      giveBack();
      const listening = takeListening();
      const { Session } = await import('./session/session.js');
      const session = new Session(process.cwd()); // its processes start while the rest is loaded
      const [{ readConnection }, { Kernel }, { kernelInfo }] = await Promise.all([
        import('./protocol/connection.js'),
        import('./server/kernel.js'),
        import('./server/requests.js'),
      ]);
      process.stderr.on('error', () => {}); // a log on a full disk, or of a server that is gone, is no reason to end
      process.on('SIGINT', () => {}); // Stop comes as a message; a Ctrl-C in the terminal is for the server
      const kernel = new Kernel({ ...readConnection(file), listening }, session);
      await kernel.start();
      void session.warmUp();
      kernelInfo(); // what every front end asks first
      const { sweepScratch } = await import('./scratch.js');
      setTimeout(sweepScratch, 5000).unref();
      if (process.env['JPY_PARENT_PID']) endWithParent(() => kernel.shutdown(false));
      return;
    }
    case 'install': {
      const { install } = await import('./install.js');
      return void process.stdout.write(`installed the kernel in ${install(place(values), values.name)}\n`);
    }
    case 'uninstall': {
      const { uninstall } = await import('./install.js');
      const removed = uninstall(place(values), values.name);
      return void process.stdout.write(removed ? 'removed the kernel\n' : 'there was no such kernel\n');
    }
    case 'doctor': {
      const { doctor } = await import('./doctor.js');
      process.exitCode = (await doctor(process.stdout, await search(values))) ? 0 : 1;
      return;
    }
    default:
      throw new Error(`unknown command "${command}"\n\n${USAGE}`);
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`d2l-ts: ${(error as Error).message}\n`);
  process.exit(1);
});
