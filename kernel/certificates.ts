/**
 * @file NODE_EXTRA_CA_CERTS, put aside while a kernel starts. Node parses the file in every process before anything
 * else, 40 ms for a system's bundle, and neither the kernel nor most cells ever open a TLS connection. The runner adds
 * the certificates when a cell might.
 */
const NODE = 'NODE_EXTRA_CA_CERTS';
const ASIDE = 'D2L_TS_EXTRA_CA_CERTS';

/** For the kernelspec: Jupyter fills in the value, or leaves the text when the variable is not set. */
export const PUT_ASIDE_BY_JUPYTER = { [NODE]: '', [ASIDE]: `\${${NODE}}` };

/** The environment for a process of ours. */
export function putAside(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { [NODE]: path, ...rest } = env;
  return path ? { ...rest, [ASIDE]: path } : env;
}

/** Sets the variable again, for what this process starts. @returns the path of the certificates, if there are any */
export function giveBack(): string | undefined {
  const path = process.env[ASIDE];
  delete process.env[ASIDE];
  if (process.env[NODE] === '') delete process.env[NODE];
  if (!path || path.startsWith('${')) return undefined;
  process.env[NODE] = path;
  return path;
}
