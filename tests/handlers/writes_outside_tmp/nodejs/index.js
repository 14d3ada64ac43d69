var fs = require('fs');

exports.handler = function (event, context) {
  context.done(null, event.filter(function (path) {
    try {
      fs.writeFileSync(path, 'x');
      return true;
    } catch (error) {
      return false;
    }
  }));
};
