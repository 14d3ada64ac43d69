// A parked start: this process was started before anybody knew which function it would serve.
//
// Such a start has BOOTSTRAP_PARKED, the number of a descriptor, in its environment, and no Runtime API yet. `wait`
// says on that descriptor that it is ready (one byte, R) and blocks until the order comes: four bytes with its length, then
// JSON {environment, argv, working_directory}. What `exec` would have set for the function is set then, and nothing of
// the parked start remains; the end of the stream instead of an order ends the process. Any other start goes on at once.
//
// What only a new process can show differently is listed in the README of the bootstraps.

var fs = require('fs');
var Module = require('module');

var rehearsal = require('./rehearsal');

var LARGEST_READ = 256 * 1024; // of a SOCK_SEQPACKET, what one read has no room for is lost
var LENGTH_BYTES = 4;

exports.wait = function (start) {
  if (!process.env.BOOTSTRAP_PARKED || process.env.BOOTSTRAP_RUNTIME_API) return setImmediate(start);
  rehearsal.perform(function () {
    park();
    setImmediate(start); // on a stack of its own, as in any other start
  });
};

function park() {
  var descriptor = Number(process.env.BOOTSTRAP_PARKED);
  fs.writeSync(descriptor, new Buffer('R'), 0, 1, null);
  var order = receive(descriptor);
  fs.closeSync(descriptor);
  if (order === null) process.exit(0);
  obey(JSON.parse(order.toString()));
}

function receive(descriptor) {
  var room = new Buffer(LARGEST_READ), received = new Buffer(0);
  for (;;) {
    if (received.length >= LENGTH_BYTES) {
      var end = LENGTH_BYTES + received.readUInt32BE(0);
      if (received.length >= end) return received.slice(LENGTH_BYTES, end);
    }
    var count = fs.readSync(descriptor, room, 0, room.length, null);
    if (count === 0) return null;
    received = Buffer.concat([received, room.slice(0, count)]);
  }
}

function obey(order) {
  Object.keys(process.env).forEach(function (name) { delete process.env[name]; });
  Object.keys(order.environment).forEach(function (name) { process.env[name] = order.environment[name]; });
  // The flags of Node stand before the script, are not in process.argv, and were given when this process was started.
  process.argv = [process.argv[0]].concat(order.argv.slice(1 + process.execArgv.length));
  process.chdir(order.working_directory);
  Module._initPaths(); // reads NODE_PATH and HOME anew
}
