// Open so many descriptors of a kind, swallow the errors, hold what there is; print how many and the error.
// Arguments: kind (files, sockets or pipes, which are those of children), how many, seconds to wait, "close" for closing
// all before that.
var fs = require('fs'), net = require('net'), spawn = require('child_process').spawn;
var kind = process.argv[2], wanted = Number(process.argv[3]), held = [], name = 'none';
function swallow(error) { name = error.code; }
while (held.length < wanted && name === 'none') {
  try {
    if (kind === 'files') held.push(fs.openSync('/dev/null', 'r'));
    else if (kind === 'pipes') held.push(spawn('/bin/sleep', ['30']).on('error', swallow));
    else held.push(net.createServer().on('error', swallow).listen('/tmp/' + held.length));
  } catch (error) {
    swallow(error);
  }
}
function close(one) {
  try {
    if (typeof one === 'number') fs.closeSync(one);
    else one.close();
  } catch (error) {
    if (error.message !== 'Not running') throw error;
  }
}
setTimeout(function () {
  if (process.argv[5]) held.forEach(close);
  console.log(held.length + ' ' + name);
  setTimeout(function () {}, Number(process.argv[4]) * 1000);
}, 100);
