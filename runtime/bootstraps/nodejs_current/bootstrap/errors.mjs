// An error as results and logs show it today.

import { isJson } from './log.mjs';

export function named(name, message) {
  const error = new Error(message);
  error.name = name;
  return error;
}

export function toResult(error) {
  if (error instanceof Error) {
    return { errorType: error.name, errorMessage: error.message, trace: lines(error) };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

// The tab and the JSON that follow the words "Invoke Error" in the log; where the log is JSON anyway, the error itself.
export function forLog(error) {
  if (isJson()) return error;
  if (!(error instanceof Error)) return '\t' + JSON.stringify(toResult(error));
  const shown = { errorType: error.name, errorMessage: error.message, code: error.code, ...error, stack: lines(error) };
  try {
    return '\t' + JSON.stringify(shown);
  } catch {
    return '\t' + JSON.stringify(toResult(error));
  }
}

function lines(error) {
  return String(error.stack ?? '').split('\n');
}
