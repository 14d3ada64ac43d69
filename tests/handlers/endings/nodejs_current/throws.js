console.log('loading');
throw new RangeError('on load');
