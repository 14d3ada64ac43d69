var fs = require('fs');
var spawn = require('child_process').spawn;

// Who has left its mark and is still there.
function others() {
  return fs.readdirSync('/tmp').filter(function (name) {
    return fs.existsSync('/proc/' + name.replace('stays-', ''));
  });
}

exports.handler = function (event, context) {
  var before = others().length;
  spawn('/bin/sh', ['/var/task/stay.sh'], { stdio: 'ignore', detached: true }).unref();
  (function wait() {
    if (others().length > before) return context.done(null, { left_by_another: before });
    setTimeout(wait, 10);
  })();
};
