exports.handler = function (event, context) {
  var seen = {};
  Object.keys(context).forEach(function (name) {
    seen[name] = typeof context[name] === 'function' ? 'function' : context[name];
  });
  if (context.getRemainingTimeInMillis) seen.remaining = context.getRemainingTimeInMillis();
  context.done(null, seen);
};

exports.ends_as_in_2015 = function (event, context) { context.succeed('in 2015'); };
