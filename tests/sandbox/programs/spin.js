// Use all the CPU there is, in so many threads or, where there are none, processes, for ever.
var left = Number(process.argv[2]) - 1, workers;
try { workers = require('worker_threads'); } catch (error) { workers = null; }
while (left-- > 0) {
  if (workers) new workers.Worker(__filename, { argv: ['1'] });
  else require('child_process').spawn(process.execPath, [__filename, '1']);
}
setTimeout(function () { for (;;) {} }, workers && workers.isMainThread ? 100 : 0);
