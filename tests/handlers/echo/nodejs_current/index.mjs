export const handler = async (event) => {
  console.log('echoing');
  return event;
};
