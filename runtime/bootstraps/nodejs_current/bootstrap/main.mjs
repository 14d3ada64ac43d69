// The bootstrap of the current Node: load the handler once, then serve invocations through the Runtime API, as AWS's
// own client does from Node 24 on: `await handler(event, context)` and nothing else. A handler that declares a
// callback is refused at init, as there.
//
// Ends of the process: 129 after an exception that nobody caught, 128 after a rejection that nobody handled; a promise
// that never settles is reported when the event loop has run empty.

import { makeContext } from './context.mjs';
import { named, forLog, toResult } from './errors.mjs';
import { loadHandler } from './loader.mjs';
import * as log from './log.mjs';
import * as parked from './parked.mjs';
import * as runtimeApi from './runtime_api.mjs';

const NEVER_SETTLED =
  'The Lambda runtime client detected an unexpected Node.js exit code. ' +
  'This is most commonly caused by a Promise that was never settled.';

let underWay = null;
let isEnding = false;

await parked.wait();
runtimeApi.address(process.env.AWS_LAMBDA_RUNTIME_API);
log.replaceConsole();

process.on('uncaughtException', (error) => end('Uncaught Exception', error, 129));
process.on('unhandledRejection', (reason) =>
  end('Unhandled Promise Rejection', named('Runtime.UnhandledPromiseRejection', String(reason)), 128));
process.on('beforeExit', () => end('Invoke Error', named('Runtime.NodeJsExit', NEVER_SETTLED), 13));

try {
  const handler = await loadHandler(process.env.LAMBDA_TASK_ROOT, process.env._HANDLER);
  // The first round trip makes the interpreter compile its HTTP client: now, at full speed, not during an invocation.
  await runtimeApi.ping();
  await serve(handler);
} catch (error) {
  await end('Uncaught Exception', error, 129);
}

async function serve(handler) {
  for (;;) {
    const invocation = await runtimeApi.next();
    underWay = invocation.requestId;
    log.setRequestId(invocation.requestId);
    await answer(handler, invocation);
    underWay = null;
  }
}

async function answer(handler, invocation) {
  try {
    const result = await handler(JSON.parse(invocation.event), makeContext(invocation));
    await runtimeApi.respond(invocation.requestId, stringify(result));
  } catch (error) {
    console.error('Invoke Error', forLog(error));
    await runtimeApi.fail(invocation.requestId, toResult(error));
  }
}

function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

async function end(what, error, status) {
  if (isEnding) return;
  isEnding = true;
  console.error(what, forLog(error));
  if (underWay) await runtimeApi.fail(underWay, toResult(error));
  else await runtimeApi.failInit(toResult(error));
  process.exit(status);
}
