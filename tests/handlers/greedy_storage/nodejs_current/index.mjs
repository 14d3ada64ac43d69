import { openSync, writeSync } from 'node:fs';

export const handler = async () => {
  const megabyte = Buffer.alloc(1024 * 1024, 1);
  const file = openSync('/tmp/heap', 'w');
  try {
    for (let written = 0; written < 600; ) written += writeSync(file, megabyte) / megabyte.length;
  } catch (error) {
    return error.code;
  }
  return 'nothing';
};
