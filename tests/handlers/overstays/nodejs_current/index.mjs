import { spawn } from 'node:child_process';
import { fsyncSync, openSync, writeSync } from 'node:fs';

const ignore = () => {};

const ways = {
  sleeping: ignore,
  busy: () => { for (;;); },
  deaf: () => ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'].forEach((name) => process.on(name, ignore)),
  family: () => {
    for (let child = 0; child < 8; child++) {
      spawn('/bin/sh', ['-c', 'kill -STOP $$'], { stdio: 'ignore', detached: true });
    }
    setTimeout(ways.stopped, 100);
  },
  stopped: () => process.kill(process.pid, 'SIGSTOP'),
  writing: () => {
    const piece = Buffer.alloc(1 << 20, 1);
    const file = openSync('/tmp/file', 'w');
    for (;;) {
      writeSync(file, piece, 0, piece.length, 0);
      fsyncSync(file);
    }
  },
};

export const handler = async ({ how }) => {
  console.log(how);
  ways[how]();
  await new Promise((resolve) => setTimeout(resolve, 30000));
};
