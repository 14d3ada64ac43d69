// Let several children touch memory at the same time; survive their deaths and say nothing about them.
var spawn = require('child_process').spawn;
for (var child = 0; child < Number(process.argv[2]); child++) {
  spawn('/bin/sh', [__dirname + '/hold_memory.sh', process.argv[3]]);
}
setTimeout(function () {}, 30000);
