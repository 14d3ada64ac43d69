// Find the handler `path/module.function` in the deployment package: CommonJS or ES module, also nested in an export.

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { named } from './errors.mjs';

const CALLBACK_REFUSED =
  'AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. ' +
  'You need to modify this function to use a supported handler signature to use Node.js 24 or later: ' +
  'async (event, context) => result.';

export async function loadHandler(root, handlerName) {
  const { folder, module, names } = parse(handlerName);
  const exported = await loadModule(root, folder, module);
  const handler = names.reduce((value, name) => value?.[name], exported);
  const label = `${module}.${names.join('.')}`;
  if (handler === undefined || handler === null) {
    throw named('Runtime.HandlerNotFound', `${label} is undefined or not exported`);
  }
  if (typeof handler !== 'function') throw named('Runtime.HandlerNotFound', `${label} is not a function`);
  if (handler.length >= 3) throw named('Runtime.CallbackHandlerDeprecated', CALLBACK_REFUSED);
  return handler;
}

function parse(handlerName) {
  if (handlerName.includes('..')) {
    throw named('Runtime.MalformedHandlerName', `'${handlerName}' is not a valid handler name. ` +
      'Use absolute paths when specifying root directories in handler names.');
  }
  const [module, ...names] = path.basename(handlerName).split('.');
  if (!module || !names.length || !names[0]) throw named('Runtime.MalformedHandlerName', 'Bad handler');
  return { folder: path.dirname(handlerName), module, names };
}

async function loadModule(root, folder, module) {
  const place = path.resolve(root, folder, module);
  const require = createRequire(path.join(root, 'package.json'));
  try {
    const file = ['', '.js', '.mjs', '.cjs'].map((ending) => place + ending).find(existsSync);
    if (file === undefined) return require(path.join(folder, module));
    return isModule(file) ? await import(pathToFileURL(file).href) : require(file);
  } catch (error) {
    throw explained(error);
  }
}

function isModule(file) {
  if (file.endsWith('.mjs')) return true;
  if (!file.endsWith('.js')) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    const description = path.join(folder, 'package.json');
    if (existsSync(description)) return JSON.parse(readFileSync(description, 'utf8')).type === 'module';
    if (folder === path.dirname(folder)) return false;
  }
}

function explained(error) {
  if (error instanceof SyntaxError) return named('Runtime.UserCodeSyntaxError', String(error));
  if (['MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND'].includes(error?.code)) {
    return named('Runtime.ImportModuleError', String(error));
  }
  return error;
}
