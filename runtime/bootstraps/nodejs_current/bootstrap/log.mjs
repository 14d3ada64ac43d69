// console.*: one line `<ISO time>\t<request id>\t<LEVEL>\t<text>`, written before the call returns. Line breaks inside
// become carriage returns, so that one call stays one log event. Before the first invocation the id is `undefined`.
//
// With AWS_LAMBDA_LOG_FORMAT=JSON it is an object on one line, as AWS's client writes it: a message that stands alone is
// kept as the value that it is, and of several the first error is taken apart. AWS_LAMBDA_LOG_LEVEL leaves out what is
// below.

import { writeSync } from 'node:fs';
import { format } from 'node:util';

const LEVELS = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };

const ORDER = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

let requestId;

export function setRequestId(id) {
  requestId = id;
}

export function replaceConsole() {
  const line = isJson() ? asJson : asText;
  const lowest = ORDER.indexOf(process.env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase());
  for (const [name, level] of Object.entries(LEVELS)) {
    const isLeftOut = ORDER.indexOf(level) < lowest;
    console[name] = isLeftOut ? () => {} : (...values) => write(`${line(level, values).replaceAll('\n', '\r')}\n`);
  }
}

export function isJson() {
  return process.env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';
}

function asText(level, values) {
  return `${new Date().toISOString()}\t${requestId}\t${level}\t${format(...values)}`;
}

function asJson(level, values) {
  const record = { timestamp: new Date().toISOString(), level, requestId };
  if (values.length === 1) {
    try {
      return JSON.stringify({ ...record, message: values[0] }, errorsTakenApart);
    } catch {
      return JSON.stringify({ ...record, message: format(values[0]) }); // it holds itself, or a BigInt
    }
  }
  record.message = format(...values);
  const error = values.find((value) => value instanceof Error);
  return JSON.stringify(error ? { ...record, ...takenApart(error) } : record);
}

function errorsTakenApart(_, value) {
  return value instanceof Error ? { ...takenApart(value), ...value } : value;
}

function takenApart(error) {
  return {
    errorType: error.constructor?.name ?? 'UnknownError',
    errorMessage: error.message,
    stackTrace: typeof error.stack === 'string' ? error.stack.split('\n') : [],
  };
}

function write(text) {
  let rest = Buffer.from(text);
  while (rest.length) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // The pipe is full and a use of process.stdout made it non-blocking: the reader will make room.
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}
