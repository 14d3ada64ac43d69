// The context object of one invocation, and how a handler ends with it: the first of succeed, fail and done wins.
//
// The preview had done alone. What came in 2015 is there only if the platform was started so (`--later-context`). Of the
// names of function and log nobody has written down when they came.
//
// `end(kind, body)` is called once, on the next tick, so that the code after succeed() still runs as it did:
// kind is Succeeded, Handled or Unhandled; body is the JSON to report, or an empty string.

var errors = require('./errors');
var log = require('./log');
var place = require('./place');

exports.make = function (invocation, end) {
  var isOver = false;

  function finish(kind, body) {
    if (isOver) return;
    isOver = true;
    process.nextTick(function () { end(kind, body); });
  }

  function succeed(result) {
    var body;
    try {
      body = JSON.stringify(result === undefined ? null : result);
    } catch (error) {
      log.line('Unable to stringify body as json: %s\n%s', error.message, error.stack);
      return finish('Unhandled', '');
    }
    finish('Succeeded', body === undefined ? '' : body);
  }

  function fail(error) {
    var body = JSON.stringify(errors.toResult(error));
    log.line(errors.forLog(body));
    finish('Handled', body);
  }

  function done(error, result) {
    if (error === undefined || error === null) succeed(result);
    else fail(error);
  }

  var context = {
    awsRequestId: invocation.requestId,
    invokeid: invocation.requestId,
    logGroupName: place.log_group,
    logStreamName: place.log_stream,
    functionName: place.function_name,
    memoryLimitInMB: place.memory_mib,
    done: done
  };
  if (place.later_context) {
    context.functionVersion = place.function_version;
    context.invokedFunctionArn = invocation.functionArn;
    context.getRemainingTimeInMillis = function () { return Math.max(0, invocation.deadline - Date.now()); };
    context.succeed = succeed;
    context.fail = fail;
  }
  if (invocation.clientContext) context.clientContext = JSON.parse(invocation.clientContext);
  return context;
};
