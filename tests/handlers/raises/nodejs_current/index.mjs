export const handler = async () => {
  throw new Error('out of luck');
};
