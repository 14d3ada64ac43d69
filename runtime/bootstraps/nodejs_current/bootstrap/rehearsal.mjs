// A rehearsal of what follows the order, so that the interpreter has loaded and compiled what it needs before it is known
// for which function: HTTP requests over a stage, a connection that answers by itself, and one connection that is
// refused, as nobody listens on port 1. Nothing is left behind: no module, no descriptor, no connection.

import http from 'node:http';
import net from 'node:net';
import { Duplex } from 'node:stream';

import * as runtimeApi from './runtime_api.mjs';

const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n' +
  'Lambda-Runtime-Aws-Request-Id: rehearsal\r\nLambda-Runtime-Deadline-Ms: 0\r\n\r\n{}';

export async function perform() {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  agent.createConnection = () => new Stage();
  runtimeApi.address('127.0.0.1:1', agent);
  const { requestId, event } = await runtimeApi.next();
  await runtimeApi.respond(requestId, JSON.stringify(JSON.parse(event)));
  agent.destroy();
  await connectInVain();
}

function connectInVain() {
  return new Promise((resolve) => {
    net.connect({ host: '127.0.0.1', port: 1 }).on('error', () => resolve()).end('{}');
  });
}

// What Node's HTTP client expects of a socket.
class Stage extends Duplex {
  _read() {}

  _write(chunk, encoding, whenWritten) {
    this.push(ANSWER);
    whenWritten();
  }

  setKeepAlive() {}
  setNoDelay() {}
  setTimeout() {}
  ref() {}
  unref() {}
}
