/**
 * @file Two realms in one process. Cells have Node's own, with its globals and prototypes, and may do with them what
 * they like. The runner's code is loaded into another (scripts/house/bundle.mjs), so that its arrays, maps and promises
 * are out of their reach. What this code names of Node's (`process`, `Error`, `setTimeout`) it was given before
 * the first cell; `globalThis` is the cells'.
 */

/** Node's `import()`: a realm beside Node's own has none. */
export const load: (url: string) => Promise<object> = given();

declare const __load: ((url: string) => Promise<object>) | undefined;

function given(): (url: string) => Promise<object> {
  return typeof __load === 'function' ? __load : (url) => import(url) as Promise<object>;
}

/** The constructor of the promises that cells and Node make. */
export const UserPromise = globalThis.Promise;

/** Settles as a promise of the cells' realm does that no cell has seen, whatever they have made of `then`. */
export async function settled<T>(promise: T): Promise<Awaited<T>> {
  // With this constructor `await` takes it for its own, and asks none of its methods.
  if (typeof promise === 'object' && promise !== null)
    Object.defineProperty(promise, 'constructor', { value: Promise, configurable: true });
  return await promise;
}

/** This realm's own, not the cells': what they make of `prepareStackTrace` does not count here. */
const OwnFunction = (() => {}).constructor as FunctionConstructor;
const OwnError = OwnFunction('return Error')() as ErrorConstructor;

/** The file whose code has called into the runner, by the stack. @param except files that are passed over */
export function callerOf(except: RegExp): string | undefined {
  OwnError.prepareStackTrace = (_, sites) =>
    sites.map((site) => site.getFileName() ?? '').find((file) => file && !except.test(file));
  try {
    return new OwnError().stack;
  } finally {
    Reflect.deleteProperty(OwnError, 'prepareStackTrace');
  }
}
