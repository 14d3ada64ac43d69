export const handler = async (event, context) => {
  const seen = {};
  for (const [name, value] of Object.entries(context)) seen[name] = typeof value === 'function' ? 'function' : value;
  return { ...seen, remaining: context.getRemainingTimeInMillis() };
};
