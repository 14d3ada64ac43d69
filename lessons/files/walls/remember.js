// Counts its invocations in two places: in memory, and in a file in /tmp.
var fs = require('fs');

var file = '/tmp/count';
var inMemory = 0;

exports.handler = function (event, context) {
    var inFile = fs.existsSync(file) ? Number(fs.readFileSync(file)) : 0;

    inMemory += 1;
    inFile += 1;
    fs.writeFileSync(file, String(inFile));
    console.log('In memory: %d. In /tmp: %d.', inMemory, inFile);
    context.done(null, 'Counted');
};
