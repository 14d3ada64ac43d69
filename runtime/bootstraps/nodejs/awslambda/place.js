// Where this bootstrap runs and for which function.
//
// The platform tells it in variables that begin with BOOTSTRAP_. They are taken out of process.env here, before the
// handler's module is loaded, so that a function sees the variables of the preview and no others.

var PREFIX = 'BOOTSTRAP_';

exports.read = function () {
  Object.keys(process.env).forEach(function (name) {
    if (name.indexOf(PREFIX) === 0) {
      exports[name.slice(PREFIX.length).toLowerCase()] = process.env[name];
      delete process.env[name];
    }
  });
};
