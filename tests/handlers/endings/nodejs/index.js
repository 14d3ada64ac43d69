console.log('loading');

exports.succeed_with_object = function (event, context) { context.succeed({x: 1}); };
exports.succeed_with_nothing = function (event, context) { context.succeed(); };
exports.done_with_nothing = function (event, context) { context.done(null, null); };
exports.done_with_no_words = function (event, context) { context.done(); };
exports.done_with_null = function (event, context) { context.done(null); };
exports.done_with_error_and_result = function (event, context) { context.done('oops', 'result'); };
exports.done_with_text = function (event, context) { context.done(null, 'ok'); };
exports.succeed_with_function = function (event, context) { context.succeed(function () {}); };
exports.return_value_is_ignored = function (event, context) {
  setTimeout(function () { context.done(null, 'done'); }, 1);
  return 'returned';
};
exports.succeed_with_circle = function (event, context) {
  var circle = {};
  circle.circle = circle;
  context.succeed(circle);
};
exports.fail_with_text = function (event, context) { context.fail('oops'); };
exports.fail_with_nothing = function (event, context) { context.fail(); };
exports.fail_with_null = function (event, context) { context.fail(null); };
exports.fail_at_length = function (event, context) { context.fail(new Array(300 * 1024).join('x')); };
exports.fail_with_object = function (event, context) { context.fail({a: 1}); };
exports.fail_with_error = function (event, context) { context.fail(new TypeError('bad')); };
exports.done_with_empty_text = function (event, context) { context.done(''); };
exports.done_with_zero = function (event, context) { context.done(0, 'r'); };
exports.done_twice = function (event, context) {
  context.done(null, 'first');
  context.done(null, 'second');
};
exports.code_after_the_end_runs = function (event, context) {
  context.done(null, 'ended');
  console.log('after the end');
};
exports.has_no_callback = function (event, context) { context.done(null, arguments.length); };
exports.logs_without_levels = function (event, context) {
  console.log('log %d', 1);
  console.info('info', 2);
  console.warn('warn', 3);
  console.error('error', {four: 4});
  context.done();
};
exports.the_first_end_wins = function (event, context) {
  context.done(null, 'first');
  context.fail('second');
};
exports.never_ends = function () {};
exports.throws = function () { throw new Error('thrown'); };
exports.throws_later = function () { setTimeout(function () { throw new Error('thrown later'); }, 1); };
exports.exits = function () { process.exit(0); };
exports.logs_on_load_and_at_work = function (event, context) {
  console.error('working');
  context.done();
};
