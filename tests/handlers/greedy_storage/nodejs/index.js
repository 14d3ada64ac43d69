var fs = require('fs');

exports.handler = function (event, context) {
  var megabyte = new Buffer(1024 * 1024), written = 0;
  megabyte.fill(1);
  var file = fs.openSync('/tmp/heap', 'w');
  try {
    while (written < 600) written += fs.writeSync(file, megabyte, 0, megabyte.length, null) / megabyte.length;
  } catch (error) {
    return context.done(null, error.code);
  }
  context.done(null, 'nothing');
};
