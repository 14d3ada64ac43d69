// console.*: one line `<ISO time>\t<id>\t<text>`, written before the call returns. The preview knew no levels:
// log, info, warn and error are the same function.
//
// The id is the request id of the invocation, and a made-up one of 16 characters while the function's module loads.

var fs = require('fs');
var util = require('util');

var ID_LENGTH = 16;
var ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';

exports.id = initId();

exports.line = function () {
  write(new Date().toISOString() + '\t' + exports.id + '\t' + util.format.apply(util, arguments) + '\n');
};

exports.replaceConsole = function () {
  ['log', 'info', 'warn', 'error'].forEach(function (name) {
    console[name] = exports.line;
  });
};

function write(text) {
  var bytes = new Buffer(text), offset = 0;
  while (offset < bytes.length) {
    try {
      offset += fs.writeSync(1, bytes, offset, bytes.length - offset, null);
    } catch (error) {
      // The pipe is full and a use of process.stdout made it non-blocking: the reader will make room.
      if (error.code !== 'EAGAIN') throw error;
    }
  }
}

function initId() {
  var id = '';
  while (id.length < ID_LENGTH) id += ALPHABET.charAt(Math.floor(Math.random() * ALPHABET.length));
  return id;
}
