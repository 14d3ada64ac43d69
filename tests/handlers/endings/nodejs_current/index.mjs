export const returns_nothing = async () => {};
export const returns_at_once = () => 5;
export const throws = async () => { throw new TypeError('bad'); };
export const throws_text = async () => { throw 'oops'; };
export const returns_circle = async () => {
  const circle = {};
  circle.circle = circle;
  return circle;
};
export const returns_bigint = async () => 1n;
export const rejects_with_text = () => Promise.reject('oops');
export const never_settles = () => new Promise(() => {});
export const throws_later = () => new Promise(() => setTimeout(() => { throw new Error('thrown later'); }, 1));
export const rejects_later = () => new Promise(() => { Promise.reject(new Error('rejected')); });
export const exits_well = async () => process.exit(0);
export const exits_badly = async () => process.exit(3);
export const is_no_function = 1;
export function has_no_callback() { return arguments.length; }
export const logs_levels = async () => {
  console.debug('debug %d', 1);
  console.info('info', 2);
  console.log('log', 3);
  console.warn('warn', 4);
  console.error('error', { five: 5 });
};
export const leaves_a_timer = async (event) => {
  if (event.waits) return new Promise((resolve) => setTimeout(resolve, 300, 'waited'));
  setTimeout(() => console.log('late'), 100);
  return 'at once';
};
export const takes_a_callback = (event, context, callback) => callback(null, 1);
export const nested = { inside: async () => 'inside' };
export const logs_two_lines = async () => console.log('one\ntwo');
