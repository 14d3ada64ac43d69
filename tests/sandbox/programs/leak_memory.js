// Keep a little more each 2 ms, for ever.
var held = [];
setInterval(function () {
  held.push(new Array(500001).join('x').split(''));
}, 2);
