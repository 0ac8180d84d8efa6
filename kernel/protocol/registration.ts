/**
 * @file The kernel startup handshake (JEP 66): given a registration file in place of a connection file, the kernel lets
 * the system choose its ports and reports them to a socket of the one who started it. There are two dialects, told apart
 * by their files: that of the protocol's documentation has `registration_ip` and a `kernel_id`, that of Positron and Ark
 * has neither.
 */
import type { Ports, Registration } from './connection.js';
import { exchange } from './sockets.js';
import type { Wire } from './wire.js';

/** As the handshake's other implementations have it. */
const LIMIT_MS = 5000;

/** Reports the ports (`shell_port` and so on). @throws Error when they were not taken in */
export async function register(
  { address, dialect, kernelId }: Registration,
  ports: Ports,
  wire: Wire,
): Promise<void> {
  const [pattern, frames] =
    dialect === 'jupyter'
      ? (['dealer', wire.seal([json({ kernel_id: kernelId, ...asStrings(ports) })])] as const)
      : (['request', wire.encode(handshakeRequest(ports, wire))] as const);
  const answer = await exchange(pattern, address, frames, LIMIT_MS);
  if (!answer) throw new Error(`nobody at ${address} took in the kernel's ports within ${LIMIT_MS / 1000} s`);
  const content = wire.open(answer).at(-1)!;
  // What Jupyter's dialect acknowledges with is left to the one who does.
  if (dialect === 'positron' && !/"status"\s*:\s*"ok"/.test(Buffer.from(content).toString()))
    throw new Error(`${address} refused the kernel's ports: ${Buffer.from(content).toString()}`);
}

function handshakeRequest(content: object, wire: Wire): Parameters<Wire['encode']>[0] {
  const header = wire.header('handshake_request');
  return { identities: [], header, parent_header: {}, metadata: {}, content, buffers: [] };
}

function asStrings(ports: Ports): Record<string, string> {
  return Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, String(port)]));
}

function json(content: object): Uint8Array {
  return Buffer.from(JSON.stringify(content));
}
