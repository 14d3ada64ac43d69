import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

// Who has left its mark and is still there.
const others = () => readdirSync('/tmp').filter((name) => existsSync(`/proc/${name.replace('stays-', '')}`));

export const handler = async () => {
  const before = others().length;
  spawn('/bin/sh', ['/var/task/stay.sh'], { stdio: 'ignore', detached: true }).unref();
  while (others().length === before) await sleep(10);
  return { left_by_another: before };
};
