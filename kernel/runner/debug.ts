/**
 * @file The debugger's end in the runner: a thread that carries messages between the kernel and V8's inspector, in the
 * inspector's own protocol, a line of JSON each. It answers while the main thread is paused or busy, and opens no port.
 */
import { DEBUG_FD } from './ipc.js';

/** What the thread is told at its start. */
export const DEBUG_DATA = { fd: DEBUG_FD };

/** The thread's program. It is connected from the first message until `disconnect`, which ends every pause. */
export const DEBUG_THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { Session } = require('node:inspector');
const pipe = new (require('node:net').Socket)({ fd: workerData.fd, readable: true, writable: true });
const send = (message) => pipe.write(JSON.stringify(message) + '\\n');
let session;
function connect() {
  session = new Session();
  session.connectToMainThread();
  session.on('inspectorNotification', ({ method, params }) => {
    if (method === 'NodeRuntime.waitingForDisconnect') disconnect(); // process.exit() waits for us
    else send({ method, params });
  });
  session.post('NodeRuntime.notifyWhenWaitingForDisconnect', { enabled: true });
}
function disconnect() {
  session?.disconnect();
  session = undefined;
}
function receive({ id, method, params }) {
  if (method === 'disconnect') {
    disconnect();
    return send({ id, result: {} });
  }
  if (!session) connect();
  session.post(method, params, (error, result) => send(error ? { id, error: error.message } : { id, result }));
}
// Stop: the watchdog has seen to it that the cell ends here.
parentPort.on('message', () => {
  session?.post('Debugger.setSkipAllPauses', { skip: true });
  session?.post('Debugger.resume');
});
let rest = '';
pipe.setEncoding('utf8').on('data', (text) => {
  const lines = text.split('\\n');
  lines[0] = rest + lines[0];
  rest = lines.pop();
  for (const line of lines) receive(JSON.parse(line));
});
pipe.on('error', () => {});
pipe.on('close', disconnect);`;
