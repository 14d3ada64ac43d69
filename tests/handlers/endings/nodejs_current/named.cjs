exports.handler = async () => 'named';
