// Counts its invocations in two places: in memory, and in a file in /tmp.
var fs = require('fs');
var inMemory = 0;

exports.handler = function (event, context) {
    var inFile = fs.existsSync('/tmp/count') ? Number(fs.readFileSync('/tmp/count', 'utf8')) : 0;

    inMemory += 1;
    inFile += 1;
    fs.writeFileSync('/tmp/count', String(inFile));
    console.log('In memory: %d. In /tmp: %d. Files in /tmp: %s', inMemory, inFile, fs.readdirSync('/tmp').join(', '));
    context.done(null, 'Counted');
};
