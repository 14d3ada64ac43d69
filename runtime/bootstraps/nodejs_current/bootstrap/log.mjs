// console.*: one line `<ISO time>\t<request id>\t<LEVEL>\t<text>`, written before the call returns. Line breaks inside
// become carriage returns, so that one call stays one log event. Before the first invocation the id is `undefined`.

import { writeSync } from 'node:fs';
import { format } from 'node:util';

const LEVELS = { trace: 'TRACE', debug: 'DEBUG', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', fatal: 'FATAL' };

let requestId;

export function setRequestId(id) {
  requestId = id;
}

export function replaceConsole() {
  for (const [name, level] of Object.entries(LEVELS)) {
    console[name] = (...values) => {
      const text = format(...values).replaceAll('\n', '\r');
      write(`${new Date().toISOString()}\t${requestId}\t${level}\t${text}\n`);
    };
  }
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
