const waited = await Promise.resolve('waited for');

export const handler = async () => waited;
