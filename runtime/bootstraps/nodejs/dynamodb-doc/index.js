// The preinstalled dynamodb-doc 1.0.0; it makes clients of the SDK by itself, so the SDK is configured first.

require('/var/runtime/aws-sdk');

module.exports = require('/var/runtime/node_modules/dynamodb-doc');
