var fs = require('fs');

function rows(file) {
  return fs.readFileSync(file, 'utf8').split('\n').map(function (line) { return line.split(':'); });
}

exports.handler = function (event, context) {
  var users = rows('/etc/passwd').filter(function (fields) { return Number(fields[2]) === process.getuid(); });
  var interfaces = rows('/proc/net/dev').filter(function (fields) { return fields.length > 1; });
  context.done(null, {
    directory: process.cwd(),
    user: users[0][0],
    is_root: process.getuid() === 0,
    interfaces: interfaces.map(function (fields) { return fields[0].trim(); }),
    tmp: fs.readdirSync('/tmp'),
    function_name: process.env.AWS_LAMBDA_FUNCTION_NAME || null,
    region: process.env.AWS_REGION || null,
    has_session_token: Boolean(process.env.AWS_SESSION_TOKEN)
  });
};
