exports.handler = function (event, context) {
  setTimeout(context.done, 30000);
};
