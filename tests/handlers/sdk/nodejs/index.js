// Nothing here is configured: not the endpoint, not the region, not the credentials.
var AWS = require('aws-sdk');
var DOC = require('dynamodb-doc');
var imagemagick = require('imagemagick');

exports.handler = function (event, context) {
  new AWS.S3().listBuckets(function (error, listed) {
    if (error) return context.done(error);
    new AWS.S3({region: 'us-west-2'}).putObject({Bucket: 'photos', Key: 'a/b.txt', Body: 'hello'}, function (error) {
      if (error) return context.done(error);
      context.done(null, {
        buckets: listed.Buckets.map(function (bucket) { return bucket.Name; }),
        version: AWS.VERSION,
        table_endpoint: new DOC.DynamoDB().endpoint.href,
        has_imagemagick: typeof imagemagick.resize === 'function'
      });
    });
  });
};
