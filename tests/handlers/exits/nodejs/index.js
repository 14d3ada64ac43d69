exports.handler = function () {
  process.exit(3);
};
