// Touch so many MiB of memory, then say so.
var wanted = Number(process.argv[2]), held = [], MIB = 1 << 20;
while (held.length < wanted) {
  var piece = Buffer.alloc ? Buffer.alloc(MIB) : new Buffer(MIB);
  piece.fill(1);
  held.push(piece);
}
console.log('touched');
