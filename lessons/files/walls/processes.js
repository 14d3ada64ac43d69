// Starts processes that only sleep. When it cannot, it shrugs and goes on.
var spawn = require('child_process').spawn;

exports.handler = function (event, context) {
    var asleep = [];

    try {
        while (asleep.length < 2000) {
            asleep.push(spawn('sleep', ['60'], {stdio: 'ignore'}));
        }
    } catch (error) {
        console.log('After %d processes: %s', asleep.length, error.message);
    }
    setTimeout(function () { context.done(null, 'Never mind!'); }, 1000);
};
