// The Runtime API as this bootstrap speaks it: one connection, kept open. An idle connection does not keep the event
// loop alive, so a loop that has nothing left to do is noticed.

import http from 'node:http';

const VERSION = '/2018-06-01';
const ROOT = `${VERSION}/runtime`;

let agent, host, port;

// Once, before the function's own code can change the variable. A rehearsal has an agent of its own.
export function address(server, agentOfServer = new http.Agent({ keepAlive: true, maxSockets: 1 })) {
  [host, port] = server.split(':');
  agent = agentOfServer;
}

export async function ping() {
  await call('POST', `${VERSION}/ping`);
}

export async function next() {
  const { status, headers, body } = await call('GET', `${ROOT}/invocation/next`);
  // A refusal means that this environment has ended: there is no event in it, and nothing to wait for.
  if (status !== 200) process.exit(0);
  const traceId = headers['lambda-runtime-trace-id'];
  if (traceId) process.env._X_AMZN_TRACE_ID = traceId;
  else delete process.env._X_AMZN_TRACE_ID;
  return {
    requestId: headers['lambda-runtime-aws-request-id'],
    deadline: Number(headers['lambda-runtime-deadline-ms']),
    functionArn: headers['lambda-runtime-invoked-function-arn'],
    clientContext: headers['lambda-runtime-client-context'],
    identity: headers['lambda-runtime-cognito-identity'],
    event: body,
  };
}

export async function respond(requestId, body) {
  const { status, body: refusal } = await call('POST', `${ROOT}/invocation/${requestId}/response`, {}, body);
  // The platform has ended the invocation with this refusal already; the next one may be served.
  if (status === 413) console.error(refusal);
}

export async function fail(requestId, result) {
  await call('POST', `${ROOT}/invocation/${requestId}/error`, {}, JSON.stringify(result));
}

export async function failInit(result) {
  const headers = { 'Lambda-Runtime-Function-Error-Type': result.errorType };
  await call('POST', `${ROOT}/init/error`, headers, JSON.stringify(result));
}

function call(method, path, headers = {}, body = '') {
  const bytes = Buffer.from(body);
  const sent = method === 'POST' ? { ...headers, 'Content-Length': bytes.length } : headers;
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path, headers: sent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks).toString() });
      });
    });
    request.on('error', reject);
    request.end(bytes);
  });
}
