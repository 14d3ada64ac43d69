// Find the handler `module.function` in the deployment package, or say why there is none:
// load(name) returns {handler: function} or {failure: result}.

var errors = require('./errors');
var log = require('./log');

exports.load = function (name) {
  var parts = name.split('.');
  if (parts.length !== 2) return fault('Bad handler ' + name, 'Bad handler ' + name);
  var exported;
  try {
    exported = require(parts[0]);
  } catch (error) {
    return notLoaded(parts[0], error);
  }
  var handler = exported[parts[1]];
  if (typeof handler !== 'function') {
    var missing = "Handler '" + parts[1] + "' missing on module '" + parts[0] + "'";
    return fault(missing, missing);
  }
  return {handler: handler};
};

function notLoaded(module, error) {
  var line = 'module initialization error';
  if (error instanceof SyntaxError) line = "Syntax error in module '" + module + "'";
  else if (error && error.code === 'MODULE_NOT_FOUND') line = "Unable to import module '" + module + "'";
  log.line('%s: %s', line, (error && error.name) || 'Error');
  if (error && error.stack) log.line(errors.forLog(error.stack));
  return {failure: errors.toResult(error)};
}

function fault(line, message) {
  log.line(line);
  return {failure: {errorMessage: message}};
}
