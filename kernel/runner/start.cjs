// Loads the runner's code into a realm of its own (see realm.ts), with what it needs of Node's as it is before any cell.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const vm = require('node:vm');

const given = {
  exports,
  require,
  module,
  __filename: path.join(__dirname, 'runner-code.cjs'),
  __dirname,
  __load: (url) => import(url),
  globalThis,
  console,
  performance: { now: performance.now.bind(performance) },
  process,
  AbortController,
  AbortSignal,
  Buffer,
  TextDecoder,
  URL,
  btoa,
  clearImmediate,
  clearInterval,
  clearTimeout,
  queueMicrotask,
  setImmediate,
  setInterval,
  setTimeout,
  // What cells catch is an Error of theirs.
  AggregateError,
  Error,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
};
const context = vm.createContext();
// The realm's own of the language, as parameters too: looked up as globals they would cost a call into Node each time.
const own = vm.runInContext('globalThis', context);
for (const name of Object.getOwnPropertyNames(own))
  if (!Object.hasOwn(given, name) && !/^(undefined|NaN|Infinity|eval)$/.test(name)) given[name] = own[name];
const code = fs.readFileSync(given.__filename, 'utf8');
const begin = vm.compileFunction(code, Object.keys(given), {
  filename: pathToFileURL(given.__filename).href,
  parsingContext: context,
});
begin(...Object.values(given));
