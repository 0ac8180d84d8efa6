/** @file The connection file a front end writes, and the endpoints it names (tcp and ipc). */
import { readFileSync, statSync } from 'node:fs';

export interface Connection extends Ports {
  transport: 'tcp' | 'ipc';
  ip: string;
  key: string;
  signature_scheme: string;
  /** CurveZMQ keys (Z85), when the front end wants the traffic encrypted. */
  curve_publickey?: string;
  curve_secretkey?: string;
  /** Who is to be told of the ports, when they are the kernel's to choose. */
  registration?: Registration | undefined;
  /** File descriptors of sockets that listen already, at the ports above. */
  listening?: Partial<Record<PortName, number>>;
}

/** Where the ports are to be reported. */
export interface Registration {
  address: string;
  dialect: 'jupyter' | 'positron';
  kernelId: string;
}

export type PortName = 'shell' | 'iopub' | 'stdin' | 'control' | 'hb';
export type Ports = Record<`${PortName}_port`, number>;
const PORTS: readonly PortName[] = ['shell', 'iopub', 'stdin', 'control', 'hb'];
/** ZeroMQ has the system choose. */
const ANY: Ports = { shell_port: 0, iopub_port: 0, stdin_port: 0, control_port: 0, hb_port: 0 };

/** @throws Error naming the file and the field that is wrong */
export function readConnection(file: string): Connection {
  let raw: Partial<Connection>;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8')) as Partial<Connection>;
  } catch (error) {
    throw new Error(`cannot read the connection file ${file}: ${(error as Error).message}`, { cause: error });
  }
  const registration = readRegistration(file, raw);
  const ports = registration ? ANY : readPorts(file, raw);
  const usual = { transport: 'tcp', ip: '127.0.0.1', signature_scheme: 'hmac-sha256' };
  const connection = { ...usual, ...raw, ...ports, key: raw.key ?? '', registration };
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

/** What a registration file asks for. @throws Error naming the field that is wrong */
function readRegistration(file: string, raw: object): Registration | undefined {
  const fields = raw as Record<string, string | number | undefined>;
  const { registration_port: port, registration_ip, ip = '127.0.0.1', transport = 'tcp', kernel_id } = fields;
  if (port === undefined) return undefined;
  const wrong = (name: string, wanted: string, got: unknown): never => {
    throw new Error(`registration file ${file}: ${name} must be ${wanted}, got ${JSON.stringify(got)}`);
  };
  if (!Number.isInteger(port)) wrong('registration_port', 'a port number', port);
  if (transport !== 'tcp') wrong('transport', 'tcp', transport);
  if (registration_ip === undefined)
    return { dialect: 'positron', address: `tcp://${ip}:${port}`, kernelId: '' };
  if (typeof kernel_id !== 'string') wrong('kernel_id', 'a string', kernel_id);
  return { dialect: 'jupyter', address: `tcp://${registration_ip}:${port}`, kernelId: String(kernel_id) };
}

/** @throws Error naming the port that is wrong */
function readPorts(file: string, raw: Partial<Ports>): Ports {
  const ports = PORTS.map((name) => [`${name}_port`, raw[`${name}_port`]] as const);
  for (const [name, port] of ports) {
    if (!Number.isInteger(port) || port! < 0)
      throw new Error(`connection file ${file}: ${name} must be a port number, got ${JSON.stringify(port)}`);
  }
  return Object.fromEntries(ports) as Ports;
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
