// Write so many MiB into /tmp; on an error print its name, then go on as if nothing had happened.
var fs = require('fs');
var piece = Buffer.alloc ? Buffer.alloc(1 << 20) : new Buffer(1 << 20);
piece.fill(1);
var file = fs.openSync('/tmp/big', 'w'), left = Number(process.argv[2]) * piece.length;
try {
  while (left > 0) left -= fs.writeSync(file, piece, 0, Math.min(left, piece.length), null);
  console.log('written');
} catch (error) {
  console.log(error.code);
  setTimeout(function () {}, 30000);
}
