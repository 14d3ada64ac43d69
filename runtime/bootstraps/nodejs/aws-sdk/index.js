// The preinstalled AWS SDK for JavaScript 2.0.27, pointed at the endpoint that every sandbox has on its loopback, so
// that `new AWS.S3()` just works. It is found before the SDK itself because NODE_PATH begins with /var/runtime.
//
// The preview set no region, and its functions named one themselves (`new AWS.S3({region: 'us-west-2'})`); here the
// platform's region is the default, and a region that a function names is still its own. Credentials come from
// the environment, as they did.

var AWS = require('/var/runtime/node_modules/aws-sdk');
var place = require('/var/runtime/awslambda/place');

AWS.config.update({region: place.region, sslEnabled: false, s3ForcePathStyle: true});

Object.keys(AWS).forEach(function (name) {
  var identifier = AWS[name] && AWS[name].serviceIdentifier;
  if (identifier) AWS.config[identifier] = {endpoint: place.endpoint_url};
});

module.exports = AWS;
