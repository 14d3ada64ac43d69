var fs = require('fs');
var spawn = require('child_process').spawn;

function ignore() {}

var ways = {
  sleeping: function () {},
  busy: function () { for (;;) {} },
  deaf: function () {
    ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'].forEach(function (name) { process.on(name, ignore); });
  },
  family: function () {
    for (var child = 0; child < 8; child++) {
      spawn('/bin/sh', ['-c', 'kill -STOP $$'], { stdio: 'ignore', detached: true });
    }
    setTimeout(ways.stopped, 100);
  },
  stopped: function () { process.kill(process.pid, 'SIGSTOP'); },
  writing: function () {
    var piece = new Buffer(1 << 20), file = fs.openSync('/tmp/file', 'w');
    piece.fill(1);
    for (;;) {
      fs.writeSync(file, piece, 0, piece.length, 0);
      fs.fsyncSync(file);
    }
  }
};

exports.handler = function (event) {
  setTimeout(ignore, 30000);
  console.log(event.how);
  ways[event.how]();
};
