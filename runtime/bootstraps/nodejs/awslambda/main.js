// The bootstrap of the preview's Node v0.10: load the handler once, then serve invocations through the Runtime API.
//
// What it promises is how the preview behaved: succeed, fail and done end an invocation, the handler's return value is
// ignored; code that throws logs its stack and the process exits with 1; code that never ends lets the process
// exit, because the bootstrap keeps nothing alive meanwhile. What such an exit means is for the platform to say.

var contexts = require('./context');
var log = require('./log');
var parked = require('./parked');
var place = require('./place');
var handlers = require('./handler');
var runtimeApi = require('./runtime_api');

var handler;

process.on('uncaughtException', function (error) {
  log.line(error && error.stack ? error.stack : String(error));
  process.exit(1);
});
log.replaceConsole();
parked.wait(start);

function start() {
  place.read();
  var loaded = handlers.load(place.handler);
  handler = loaded.handler;
  if (loaded.failure) {
    runtimeApi.failInit(JSON.stringify(loaded.failure), function () { process.exit(1); });
  } else {
    // The first round trip makes the interpreter compile its HTTP client: now, at full speed, not during an invocation.
    runtimeApi.ping(serve);
  }
}

function serve() {
  runtimeApi.next(function (invocation) {
    log.id = invocation.requestId;
    var event, context;
    try {
      event = JSON.parse(invocation.event);
      context = contexts.make(invocation, report);
    } catch (error) {
      log.line('Unable to parse %s as json: %s', event === undefined ? 'input' : 'clientContext', error);
      return report('Unhandled', '');
    }
    handler(event, context);

    function report(kind, body) {
      if (kind === 'Succeeded') runtimeApi.respond(invocation.requestId, body, serve);
      else runtimeApi.fail(invocation.requestId, kind, body, serve);
    }
  });
}
