// Opens files and never closes them. When it cannot, it shrugs and goes on.
var fs = require('fs');

exports.handler = function (event, context) {
    var open = [];

    try {
        while (open.length < 2000) {
            open.push(fs.openSync('/dev/null', 'r'));
        }
    } catch (error) {
        console.log('After %d files: %s', open.length, error.message);
    }
    setTimeout(function () { context.done(null, 'Never mind!'); }, 1000);
};
