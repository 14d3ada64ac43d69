// A rehearsal of what follows the order, so that the interpreter has loaded and compiled what it needs before it is known
// for which function: `perform(whenDone)` looks for a module in vain, makes one HTTP request over a stage, a connection
// that answers by itself, and one connection that is refused, as nobody listens on port 1. Nothing is left behind: no
// module, no descriptor, no connection.

var http = require('http');
var net = require('net');
var stream = require('stream');
var util = require('util');

var ANSWER = new Buffer('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n' +
  'Lambda-Runtime-Aws-Request-Id: rehearsal\r\nLambda-Runtime-Deadline-Ms: 0\r\nConnection: close\r\n\r\n{}');

exports.perform = function (whenDone) {
  try {
    require('a module that is not there');
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND') throw error;
  }
  var options = {method: 'POST', path: '/', headers: {'Content-Length': 2}, agent: false};
  options.createConnection = function () { return new Stage(); };
  http.request(options, function (response) {
    var chunks = [];
    response.on('data', function (chunk) { chunks.push(chunk); });
    response.on('end', function () {
      JSON.parse(Buffer.concat(chunks).toString());
      connectInVain(whenDone);
    });
  }).end(new Buffer('{}'));
};

function connectInVain(whenDone) {
  var socket = net.connect({host: '127.0.0.1', port: 1});
  socket.on('error', function () {
    delete process._errno; // Node v0.10 keeps the last error there
    whenDone();
  });
  socket.end(new Buffer('{}'));
}

// What Node v0.10's HTTP client expects of a socket.
function Stage() {
  stream.Duplex.call(this);
}
util.inherits(Stage, stream.Duplex);

Stage.prototype._read = function () {};

Stage.prototype._write = function (chunk, encoding, whenWritten) {
  var stage = this;
  if (!stage.hasAnswered) process.nextTick(function () {
    stage.ondata(ANSWER, 0, ANSWER.length);
    stage.emit('close');
  });
  stage.hasAnswered = true;
  whenWritten();
};

Stage.prototype.destroySoon = function () {
  this.writable = false;
};
