// Tells everything by which a function could notice how its process was started.
import fs from 'node:fs';
import Module, { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(import.meta.url);

function descriptors() {
  const found = [];
  for (const number of fs.readdirSync('/proc/self/fd')) {
    try {
      found.push([Number(number), fs.readlinkSync(`/proc/self/fd/${number}`).replace(/[0-9]+/g, 'N')]);
    } catch {
      // The descriptor over which the folder was read has been closed.
    }
  }
  return found.sort(([one], [other]) => one - other);
}

const listeners = () => Object.fromEntries(process.eventNames().map((name) => [String(name), process.listenerCount(name)]));
const status = () => fs.readFileSync('/proc/self/status', 'utf8').match(/^(Umask|Sig(?!Q)...|Shd...):.*$/mg);

// What the dynamic linker says of a library in the function's `lib`, which it finds by LD_LIBRARY_PATH.
function library() {
  try {
    process.dlopen({ exports: {} }, 'libmine.so');
    return 'loaded';
  } catch (error) {
    return error.message;
  }
}

function look() {
  return {
    environment: Object.entries(process.env),
    argv: process.argv, argv0: process.argv0, flags: process.execArgv, executable: process.execPath, title: process.title,
    command: fs.readFileSync('/proc/self/cmdline', 'utf8'),
    directory: process.cwd(), stack: new Error('here').stack,
    globals: Object.getOwnPropertyNames(globalThis), process: Object.getOwnPropertyNames(process),
    listeners: listeners(), cache: Object.keys(require.cache), global_paths: Module.globalPaths,
    resolved: require.resolve('beside'), zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    locale: Intl.DateTimeFormat().resolvedOptions().locale, time: new Date(0).toString(), status: status(),
    console: Object.keys(console),
  };
}

const onLoad = look();

export const handler = async (event) => {
  const atWork = look();
  await sleep(100);
  atWork.descriptors = descriptors();
  atWork.threads = fs.readdirSync('/proc/self/task').length; // while it starts, Node has one more for a moment
  atWork.resources = process.getActiveResourcesInfo();
  if (event.tellsItsStart) {
    atWork.library = library();
    atWork.startedAhead = fs.readFileSync('/proc/self/environ', 'utf8').includes('BOOTSTRAP_PARKED');
  }
  return { onLoad, atWork };
};
