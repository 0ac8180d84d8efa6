/** @file The base that stands in for debian:bookworm-slim where no image registry can be reached: this machine's own release. */
import fs from 'node:fs';
import path from 'node:path';
import { buildah } from './buildah.mjs';

const CERTIFICATES = '/usr/local/share/ca-certificates';
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
/** How this machine reaches its registries; the stand-in knows it, the Dockerfile does not. */
const WAYS = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'PIP_INDEX_URL', 'NPM_CONFIG_REGISTRY'];

/** The command that makes a minimal system of this machine's Debian or Ubuntu, from its own mirrors. */
export function bootstrap(tarball) {
  const release = fs.readFileSync('/etc/os-release', 'utf8');
  const suite = /^VERSION_CODENAME=(\w+)/m.exec(release)?.[1];
  const lists = ['sources.list.d/debian.sources', 'sources.list.d/ubuntu.sources', 'sources.list'];
  const sources = lists.map((name) => path.join('/etc/apt', name)).find((file) => fs.existsSync(file));
  if (!suite || !sources) return undefined;
  const options = ['--mode=root', '--variant=minbase', '--include=ca-certificates'];
  return ['mmdebstrap', ...options, suite, tarball, sources];
}

/** Makes the image of the tarball, with the certificates that this machine trusts beyond the usual ones. */
export function makeBase(tarball, image) {
  const container = buildah('from', 'scratch');
  buildah('add', '-q', container, tarball, '/');
  const env = WAYS.flatMap((name) => [name, name.toLowerCase()]).filter((name) => process.env[name]);
  const settings = env.map((name) => `${name}=${process.env[name]}`);
  if (fs.existsSync(CERTIFICATES) && fs.readdirSync(CERTIFICATES).length > 0) {
    buildah('copy', '-q', container, `${CERTIFICATES}/`, `${CERTIFICATES}/`);
    buildah('run', container, '--', 'update-ca-certificates');
    settings.push(...['PIP_CERT', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].map((name) => `${name}=${BUNDLE}`));
  }
  const usual = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
  const options = [usual, ...settings].flatMap((setting) => ['--env', setting]);
  buildah('config', ...options, '--cmd', '["bash"]', container);
  buildah('commit', '-q', '--rm', container, image);
}
