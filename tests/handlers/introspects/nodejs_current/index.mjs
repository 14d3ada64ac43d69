import { readdirSync } from 'node:fs';
import { networkInterfaces, userInfo } from 'node:os';

export const handler = async () => ({
  directory: process.cwd(),
  user: userInfo().username,
  is_root: process.getuid() === 0,
  interfaces: Object.keys(networkInterfaces()),
  tmp: readdirSync('/tmp'),
  function_name: process.env.AWS_LAMBDA_FUNCTION_NAME ?? null,
  region: process.env.AWS_REGION ?? null,
  has_session_token: Boolean(process.env.AWS_SESSION_TOKEN),
});
