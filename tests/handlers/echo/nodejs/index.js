exports.handler = function (event, context) {
  console.log('echoing');
  context.done(null, event);
};
