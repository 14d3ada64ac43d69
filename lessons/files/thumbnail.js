// Makes a thumbnail of each photo that S3 announces, in a second bucket.
var aws = require('aws-sdk');
var imagemagick = require('imagemagick');

var s3 = new aws.S3();

exports.handler = function (event, context) {
    var photo = event.Records[0].s3;
    var key = decodeURIComponent(photo.object.key.replace(/\+/g, ' '));
    var source = {Bucket: photo.bucket.name, Key: key};

    s3.getObject(source, function (error, original) {
        if (error) { return context.done(error); }
        console.log('Read %s: %d bytes', key, original.Body.length);

        var size = {srcData: original.Body, width: 320};
        imagemagick.resize(size, function (error, thumbnail) {
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
