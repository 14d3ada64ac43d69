// The Runtime API as this bootstrap speaks it. Every call has a connection of its own (agent: false), so that nothing
// of the bootstrap keeps the event loop alive while a handler runs: a function that never ends then simply exits.

var http = require('http');
var place = require('./place');

var VERSION = '/2018-06-01';
var ROOT = VERSION + '/runtime';

exports.ping = function (whenAnswered) {
  call('POST', VERSION + '/ping', {}, '', whenAnswered);
};

exports.next = function (whenThere) {
  call('GET', ROOT + '/invocation/next', {}, '', function (status, headers, body) {
    // A refusal means that this environment has ended: there is no event in it, and nothing to wait for.
    if (status !== 200) process.exit(0);
    whenThere({
      requestId: headers['lambda-runtime-aws-request-id'],
      deadline: Number(headers['lambda-runtime-deadline-ms']),
      functionArn: headers['lambda-runtime-invoked-function-arn'],
      clientContext: headers['lambda-runtime-client-context'],
      identity: headers['lambda-runtime-cognito-identity'],
      event: body
    });
  });
};

exports.respond = function (requestId, body, whenSent) {
  call('POST', ROOT + '/invocation/' + requestId + '/response', {}, body, whenSent);
};

// kind is Handled (the handler said so) or Unhandled (the platform says so).
exports.fail = function (requestId, kind, body, whenSent) {
  call('POST', ROOT + '/invocation/' + requestId + '/error', {'Lambda-Runtime-Function-Error-Type': kind}, body, whenSent);
};

exports.failInit = function (body, whenSent) {
  call('POST', ROOT + '/init/error', {'Lambda-Runtime-Function-Error-Type': 'Unhandled'}, body, whenSent);
};

function call(method, path, headers, body, whenAnswered) {
  var address = place.runtime_api.split(':');
  var bytes = new Buffer(body);
  if (method === 'POST') headers['Content-Length'] = bytes.length;
  var request = http.request({
    host: address[0], port: Number(address[1]), method: method, path: path, headers: headers, agent: false
  }, function (response) {
    var chunks = [];
    response.on('data', function (chunk) { chunks.push(chunk); });
    response.on('end', function () {
      whenAnswered(response.statusCode, response.headers, Buffer.concat(chunks).toString());
    });
  });
  request.end(bytes);
}
