// Tries to leave a note in several places, and says how each one answered.
var fs = require('fs');

var places = ['/tmp/note', '/var/task/note', '/etc/note', '/note'];

exports.handler = function (event, context) {
    places.forEach(function (path) {
        try {
            fs.writeFileSync(path, 'I was here');
            console.log('%s: written', path);
        } catch (error) {
            console.log('%s: %s', path, error.code);
        }
    });
    context.done(null, 'Tried them all');
};
