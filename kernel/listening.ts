/**
 * @file Sockets that listen before Node is up, opened by a launcher in Perl (listen.pl): clients that come early wait
 * instead of being refused. Where there is no Perl, the kernel opens its sockets itself and starts some 70 ms later.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { PortName } from './protocol/connection.js';
import { PACKAGE } from './package.js';

/** The system's own: one from elsewhere on the PATH may be gone tomorrow. Debian, Ubuntu and macOS have it. */
const PERL = '/usr/bin/perl';
const VARIABLE = 'D2L_TS_LISTENING';

/** What the kernelspec puts before Node. */
export function launcher(): string[] {
  return existsSync(PERL) ? [PERL, join(PACKAGE, 'kernel', 'listen.pl')] : [];
}

/** For the kernelspec: a locale that Perl does not know is no news for the log. */
export const QUIET_LAUNCHER = { PERL_BADLANG: '0' };

/** File descriptors of the sockets that listen already. The environment is cleared of them. */
export function takeListening(): Partial<Record<PortName, number>> {
  const pairs = (process.env[VARIABLE] ?? '').split(' ').filter(Boolean);
  delete process.env[VARIABLE];
  return Object.fromEntries(pairs.map((pair) => pair.split('=')).map(([name, fd]) => [name, Number(fd)]));
}
