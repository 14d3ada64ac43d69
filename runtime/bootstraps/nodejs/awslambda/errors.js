// An error as the preview's results and logs show it: {errorMessage, errorType, stackTrace}.

var OWN_FILES = __dirname + '/';
var LOG_LIMIT = 256 * 1024;
var CUT = ' - Truncated by Lambda';

// What fail() and done() were given becomes a result; anything that is not an Error is only a message.
exports.toResult = function (error) {
  if (error === undefined || error === null) return {errorMessage: null};
  if (!(error instanceof Error)) return {errorMessage: String(error)};
  return {errorMessage: error.message, errorType: error.name, stackTrace: frames(error)};
};

exports.forLog = function (text) {
  return text.length > LOG_LIMIT ? text.slice(0, LOG_LIMIT - CUT.length) + CUT : text;
};

// The frames of the function's own code: the first frame of the bootstrap and all that lie below it are cut off.
function frames(error) {
  var own = [], lines = String(error.stack || '').split('\n');
  for (var i = 0; i < lines.length; i++) {
    if (!/^\s+at /.test(lines[i])) continue;
    if (lines[i].indexOf(OWN_FILES) !== -1) break;
    own.push(lines[i].replace(/^\s+at /, ''));
  }
  return own;
}
