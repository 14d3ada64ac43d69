import { openSync } from 'node:fs';

export const handler = async () => {
  try {
    for (let opened = 0; opened < 3000; opened++) openSync('/dev/null', 'r');
  } catch (error) {
    return error.code;
  }
  return 'nothing';
};
