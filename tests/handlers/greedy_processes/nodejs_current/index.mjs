import { spawn } from 'node:child_process';
import { once } from 'node:events';

export const handler = async () => {
  const [status] = await once(spawn('/bin/sh', ['/var/task/breed.sh'], { stdio: 'ignore' }), 'exit');
  return status ? 'refused' : 'nothing';
};
