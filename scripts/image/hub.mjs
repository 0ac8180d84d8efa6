/** @file As much of a JupyterHub as the server of one user asks for, on this machine's loopback. */
import http from 'node:http';

export const USER = 'jovyan';
const SCOPE = `access:servers!server=${USER}/`;
/** Who may enter: the token of a browser that has logged in at the hub. */
export const VISITOR = 'a-visitor-of-the-hub';

/** Starts a hub of the version; the object's `environment(port)` is what its spawner would give the container. */
export async function startHub(version) {
  const seen = new Set();
  const own = 'the-server-itself';
  const server = http.createServer((request, response) => {
    const token = request.headers.authorization?.split(' ')[1];
    const path = request.url.split('?')[0];
    seen.add(`${request.method} ${path}`);
    const answer = (status, body) => {
      response.writeHead(status, { 'content-type': 'application/json', 'x-jupyterhub-version': version });
      response.end(JSON.stringify(body));
    };
    if (path === '/hub/api' || path === '/hub/api/') return answer(200, { version });
    if (token !== VISITOR && token !== own) return answer(403, { message: 'no such token' });
    if (path === '/hub/api/user') {
      return answer(200, { name: USER, kind: 'user', admin: false, groups: [], scopes: [SCOPE] });
    }
    return answer(200, {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const api = `http://127.0.0.1:${server.address().port}/hub/api`;
  const prefix = `/user/${USER}/`;
  const environment = (port) => ({
    JUPYTERHUB_API_TOKEN: own,
    JUPYTERHUB_API_URL: api,
    JUPYTERHUB_ACTIVITY_URL: `${api}/users/${USER}/activity`,
    JUPYTERHUB_BASE_URL: '/',
    JUPYTERHUB_CLIENT_ID: `jupyterhub-user-${USER}`,
    JUPYTERHUB_HOST: '',
    JUPYTERHUB_OAUTH_ACCESS_SCOPES: JSON.stringify([SCOPE]),
    JUPYTERHUB_OAUTH_CALLBACK_URL: `${prefix}oauth_callback`,
    JUPYTERHUB_OAUTH_SCOPES: JSON.stringify([SCOPE]),
    JUPYTERHUB_SERVER_NAME: '',
    JUPYTERHUB_SERVICE_PREFIX: prefix,
    JUPYTERHUB_SERVICE_URL: `http://127.0.0.1:${port}${prefix}`,
    JUPYTERHUB_USER: USER,
  });
  return { prefix, seen, environment, close: () => server.close() };
}
