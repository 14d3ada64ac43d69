// Writes one file of 600 MB into /tmp. When it cannot, it shrugs and goes on.
var fs = require('fs');

exports.handler = function (event, context) {
    var file = fs.openSync('/tmp/big', 'w');
    var megabyte = new Buffer(1024 * 1024);
    var written = 0;
    megabyte.fill(1);

    try {
        while (written < 600) {
            fs.writeSync(file, megabyte, 0, megabyte.length, null);
            written += 1;
        }
    } catch (error) {
        console.log('After %d MB: %s', written, error.message);
    }
    setTimeout(function () { context.done(null, 'Never mind!'); }, 1000);
};
