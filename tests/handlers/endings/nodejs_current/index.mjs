export const returns_nothing = async () => {};
export const returns_at_once = () => 5;
export const throws = async () => { throw new TypeError('bad'); };
export const throws_text = async () => { throw 'oops'; };
export const returns_circle = async () => {
  const circle = {};
  circle.circle = circle;
  return circle;
};
export const never_settles = () => new Promise(() => {});
export const throws_later = () => new Promise(() => setTimeout(() => { throw new Error('thrown later'); }, 1));
export const rejects_later = () => new Promise(() => { Promise.reject(new Error('rejected')); });
export const exits_well = async () => process.exit(0);
export const takes_a_callback = (event, context, callback) => callback(null, 1);
export const nested = { inside: async () => 'inside' };
export const logs_two_lines = async () => console.log('one\ntwo');
