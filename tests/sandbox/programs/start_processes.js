// Start so many processes; print the name of the error with which one is refused, and wait.
var spawn = require('child_process').spawn;
var left = Number(process.argv[2]), isRefused = false;
function refuse(error) {
  if (!isRefused) console.log(/EAGAIN/.test(error.code + error.message) ? 'EAGAIN' : error.message);
  isRefused = true;
}
(function start() {
  try {
    for (var turn = 0; turn < 20 && left > 0 && !isRefused; turn++, left--) {
      spawn('/bin/sleep', ['30'], { stdio: 'ignore' }).on('error', refuse);
    }
  } catch (error) {
    refuse(error);
  }
  if (left > 0 && !isRefused) setTimeout(start, 1);
})();
setTimeout(function () {}, 30000);
