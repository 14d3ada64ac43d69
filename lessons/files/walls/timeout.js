// Waits for something that does not come in time.
exports.handler = function (event, context) {
    console.log('Waiting for an answer ...');
    setTimeout(function () { context.done(null, 'It is 42'); }, 30 * 1000);
};
