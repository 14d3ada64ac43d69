// Reads a script as Node v0.10.32 would, without running it. Usage: node check_script.js FILE
// ES5 only, for this file itself runs on v0.10.32.
var fs = require('fs');
var vm = require('vm');

var file = process.argv[2];
var source = fs.readFileSync(file, 'utf8').replace(/^#!.*/, '');

try {
  // `true`: v0.10 prints the place of a syntax error itself.
  vm.createScript(source, file, true);
} catch (error) {
  console.error(String(error));
  process.exit(1);
}
