import { writeFileSync } from 'node:fs';

function isWritable(path) {
  try {
    writeFileSync(path, 'x');
    return true;
  } catch {
    return false;
  }
}

export const handler = async (event) => event.filter(isWritable);
