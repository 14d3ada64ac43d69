// The trivial handler, as a program for every Node: it answers the event it is started with.
function handler(event) {
  return event;
}

console.log(JSON.stringify(handler(JSON.parse(process.argv[2]))));
