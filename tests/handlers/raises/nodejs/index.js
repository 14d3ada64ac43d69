exports.handler = function (event, context) {
  context.done(new Error('out of luck'));
};
