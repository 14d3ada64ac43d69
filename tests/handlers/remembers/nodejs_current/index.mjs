import { appendFileSync, readFileSync } from 'node:fs';

let inMemory = 0;

export const handler = async () => {
  inMemory += 1;
  appendFileSync('/tmp/marks', 'x');
  return { in_memory: inMemory, in_tmp: readFileSync('/tmp/marks').length };
};
