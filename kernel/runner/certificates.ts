/** @file The certificates of NODE_EXTRA_CA_CERTS, trusted from the first cell on that might open a connection. */
import { readFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Trusts them in every TLS context that names no authorities of its own, as Node does. Threads of a cell's do without. */
export function trust(path: string): void {
  const tls = createRequire(import.meta.url)('node:tls') as typeof import('node:tls');
  const known = new Set(tls.rootCertificates.map(body)); // a system's bundle has few that Node lacks
  let extra: string[];
  try {
    extra = (readFileSync(path, 'utf8').match(CERTIFICATE) ?? []).filter((text) => !known.has(body(text)));
  } catch (error) {
    process.stderr.write(
      `the certificates of NODE_EXTRA_CA_CERTS are ignored: ${(error as Error).message}\n`,
    );
    return;
  }
  if (!extra.length) return;
  const create = tls.createSecureContext;
  tls.createSecureContext = (options) => {
    const made = create(options);
    if (!options?.ca) (made.context as { addCACert(pem: string): void }).addCACert(extra.join('\n'));
    return made;
  };
  syncBuiltinESMExports();
}

function body(certificate: string): string {
  return certificate.replace(/-----[^-]+-----|\s/g, '');
}
