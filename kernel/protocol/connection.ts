/** @file The connection file a front end writes, and the endpoints it names (tcp and ipc). */
import { readFileSync, statSync } from 'node:fs';

export interface Connection {
  transport: 'tcp' | 'ipc';
  ip: string;
  key: string;
  signature_scheme: string;
  /** CurveZMQ keys (Z85), when the front end wants the traffic encrypted. */
  curve_publickey?: string;
  curve_secretkey?: string;
  shell_port: number;
  iopub_port: number;
  stdin_port: number;
  control_port: number;
  hb_port: number;
  /** File descriptors of sockets that listen already, at the ports above. */
  listening?: Partial<Record<PortName, number>>;
}

export type PortName = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb';
const PORTS: readonly PortName[] = ['shell', 'iopub', 'stdin', 'control', 'hb'];

/** @throws Error naming the file and the field that is wrong */
export function readConnection(file: string): Connection {
  let raw: Partial<Connection>;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8')) as Partial<Connection>;
  } catch (error) {
    throw new Error(`cannot read the connection file ${file}: ${(error as Error).message}`, { cause: error });
  }
  for (const name of PORTS) {
    const port = raw[`${name}_port`];
    if (!Number.isInteger(port) || port! < 0) {
      throw new Error(
        `connection file ${file}: ${name}_port must be a port number, got ${JSON.stringify(port)}`,
      );
    }
  }
  const connection = { transport: 'tcp', ip: '127.0.0.1', key: '', signature_scheme: 'hmac-sha256', ...raw };
  if (connection.transport !== 'tcp' && connection.transport !== 'ipc') {
    throw new Error(
      `connection file ${file}: transport must be tcp or ipc, got ${String(connection.transport)}`,
    );
  }
  if (connection.key && connection.signature_scheme !== 'hmac-sha256') {
    throw new Error(
      `connection file ${file}: signature_scheme must be hmac-sha256, got ${connection.signature_scheme}`,
    );
  }
  if (connection.curve_secretkey && !connection.curve_publickey)
    throw new Error(`connection file ${file}: curve_secretkey is given without its curve_publickey`);
  for (const door of openDoors(file, connection as Connection)) process.stderr.write(`d2l-ts: ${door}\n`);
  return connection as Connection;
}

/** What lets other users of the machine run code in this kernel; the log is told. */
function openDoors(file: string, { transport, key }: Connection): string[] {
  const readable = process.platform !== 'win32' && (statSync(file).mode & 0o077) !== 0;
  return [
    ...(key && readable ? [`others may read ${file}, and with its key run code as you: chmod 600 it`] : []),
    ...(!key && transport === 'tcp'
      ? [`${file} has no key: whoever reaches the ports runs code as you`]
      : []),
  ];
}

/** ZeroMQ address of one channel; for ipc the protocol joins path and port with a hyphen. */
export function endpoint(connection: Connection, name: PortName): string {
  const port = connection[`${name}_port`];
  return connection.transport === 'tcp' ? `tcp://${connection.ip}:${port}` : `ipc://${connection.ip}-${port}`;
}
