import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

let inMemory = 0;

export const handler = async (event) => {
  inMemory += 1;
  appendFileSync('/tmp/marks', 'x');
  if (event === 'crash') process.exit(3);
  if (event === 'overstay') await sleep(30_000);
  if (event === 'swell') return Array.from({ length: 400 }, (_, n) => Buffer.alloc(1024 * 1024, n + 1)).length;
  return { in_memory: inMemory, in_tmp: readFileSync('/tmp/marks').length };
};
