// Makes a thumbnail of each photo that S3 announces, and puts it into a second bucket.
var aws = require('aws-sdk');
var imagemagick = require('imagemagick');

var s3 = new aws.S3();

exports.handler = function (event, context) {
    var photo = event.Records[0].s3;
    var key = decodeURIComponent(photo.object.key.replace(/\+/g, ' '));

    s3.getObject({Bucket: photo.bucket.name, Key: key}, function (error, original) {
        if (error) { return context.done(error); }
        console.log('Read %s: %d bytes', key, original.Body.length);

        imagemagick.resize({srcData: original.Body, width: 320}, function (error, thumbnail) {
            if (error) { return context.done(error); }
            console.log('Resized it: %d bytes', thumbnail.length);

            s3.putObject({
                Bucket: 'thumbnails', Key: key, ContentType: 'image/jpeg',
                Body: new Buffer(thumbnail, 'binary')
            }, function (error) {
                context.done(error, 'Made a thumbnail of ' + key);
            });
        });
    });
};
