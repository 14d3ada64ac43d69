// Writes one file of 600 MB into /tmp. When it cannot, it says so, and goes on as if nothing had happened.
var fs = require('fs');

exports.handler = function (event, context) {
    var file = fs.openSync('/tmp/big', 'w');
    var chunk = new Buffer(1024 * 1024);
    var written = 0;
    chunk.fill(1);

    try {
        while (written < 600) {
            written += fs.writeSync(file, chunk, 0, chunk.length, null) / chunk.length;
        }
    } catch (error) {
        console.log('After %d MB: %s', written, error.message);
    }
    setTimeout(function () { context.done(null, 'Never mind!'); }, 1000);
};
