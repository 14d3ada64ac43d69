// Write so many MiB into a file that has no name any more, and hold it; on an error print its name and wait.
var fs = require('fs');
var piece = Buffer.alloc ? Buffer.alloc(1 << 20) : new Buffer(1 << 20);
piece.fill(1);
var file = fs.openSync('/tmp/gone', 'w'), left = Number(process.argv[2]) * piece.length;
fs.unlinkSync('/tmp/gone');
try {
  while (left > 0) left -= fs.writeSync(file, piece, 0, Math.min(left, piece.length), null);
  console.log('written');
} catch (error) {
  console.log(error.code + ' ' + JSON.stringify(fs.readdirSync('/tmp')));
  setTimeout(function () {}, 30000);
}
