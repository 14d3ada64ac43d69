// A parked start: this process was started before anybody knew which function it would serve.
//
// Such a start has BOOTSTRAP_PARKED, the number of a descriptor, in its environment, and no Runtime API yet. `wait` says
// on that descriptor that it is ready (one byte, R) and blocks until the order comes: four bytes with its length, then
// JSON {environment, argv, working_directory}. What `exec` would have set for the function is set then, and nothing of
// the parked start remains; the end of the stream instead of an order ends the process. Any other start goes on at once.
//
// What only a new process can show differently is listed in the README of the bootstraps.

import { closeSync, readSync, writeSync } from 'node:fs';
import Module from 'node:module';
import { setImmediate } from 'node:timers/promises';

import { perform } from './rehearsal.mjs';

const LARGEST_READ = 256 * 1024; // of a SOCK_SEQPACKET, what one read has no room for is lost
const LENGTH_BYTES = 4;

export async function wait() {
  if (process.env.BOOTSTRAP_PARKED && !process.env.AWS_LAMBDA_RUNTIME_API) {
    await perform();
    park();
  }
  await setImmediate(); // what follows is on a stack of its own in every start
}

function park() {
  const descriptor = Number(process.env.BOOTSTRAP_PARKED);
  writeSync(descriptor, 'R');
  const order = receive(descriptor);
  closeSync(descriptor);
  if (order === null) process.exit(0);
  obey(JSON.parse(order.toString()));
}

function receive(descriptor) {
  const room = Buffer.allocUnsafeSlow(LARGEST_READ);
  let received = Buffer.alloc(0);
  for (;;) {
    if (received.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + received.readUInt32BE(0);
      if (received.length >= end) return received.subarray(LENGTH_BYTES, end);
    }
    const count = readSync(descriptor, room);
    if (count === 0) return null;
    received = Buffer.concat([received, room.subarray(0, count)]);
  }
}

function obey({ environment, argv, working_directory: folder }) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  for (const [name, value] of Object.entries(environment)) process.env[name] = value;
  // The flags of Node stand before the script, are not in process.argv, and were given when this process was started.
  process.argv = [process.argv[0], ...argv.slice(1 + process.execArgv.length)];
  process.chdir(folder);
  Module._initPaths(); // reads NODE_PATH and HOME anew
}
