// Keeps one megabyte after another, and writes to every byte of it.
exports.handler = function (event, context) {
    var kept = [];

    function keepOneMore() {
        var megabyte = new Buffer(1024 * 1024);
        megabyte.fill(1);
        kept.push(megabyte);
        if (kept.length % 20 === 0) {
            console.log('Holding %d MB', kept.length);
        }
        setImmediate(keepOneMore);
    }

    keepOneMore();
};
