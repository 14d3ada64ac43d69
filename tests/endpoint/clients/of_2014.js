/* Makes calls of Lambda with the SDK of 2014 and says what the SDK made of the answers.
 *
 * Standard input: {"client": {...options of AWS.Lambda}, "calls": [{"operation": "getFunction", "parameters": {...}}]}.
 * A parameter {"base64": "..."} is sent as bytes. The calls are made one after another.
 * Standard output: one object for each call, {"data", "statusCode"} or {"code", "message", "statusCode"}.
 */
var AWS = require('aws-sdk');

function withBytes(parameters) {
    Object.keys(parameters).forEach(function (name) {
        if (parameters[name] && parameters[name].base64 !== undefined) {
            parameters[name] = new Buffer(parameters[name].base64, 'base64');
        }
    });
    return parameters;
}

function callNext(lambda, calls, answers) {
    if (!calls.length) {
        console.log(JSON.stringify({versions: {node: process.version, sdk: AWS.VERSION}, answers: answers}));
        return;
    }
    lambda[calls[0].operation](withBytes(calls[0].parameters), function (error, data) {
        var answer = error ? {code: error.code, message: error.message} : {data: data};
        answer.statusCode = this.httpResponse.statusCode;
        answers.push(answer);
        callNext(lambda, calls.slice(1), answers);
    });
}

var input = '';
process.stdin.on('data', function (chunk) { input += chunk; });
process.stdin.on('end', function () {
    var asked = JSON.parse(input);
    callNext(new AWS.Lambda(asked.client), asked.calls, []);
});
