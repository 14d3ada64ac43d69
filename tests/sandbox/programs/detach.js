// Leave a daemon behind that ignores every signal it can, then end.
var spawn = require('child_process').spawn;
spawn('/bin/sh', [__dirname + '/stay.sh'], { stdio: 'ignore', detached: true }).unref();
setTimeout(function () {
  console.log('left');
  process.exit(0);
}, 300);
