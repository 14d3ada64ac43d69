// Make empty files in /tmp until there can be no more; print the error's name and wait.
var fs = require('fs');
try {
  for (var number = 0; number < 1000000; number++) fs.closeSync(fs.openSync('/tmp/' + number, 'w'));
} catch (error) {
  console.log(error.code);
  setTimeout(function () {}, 30000);
}
