/**
 * @file A stopped cell goes no further than its next await, whatever it is that it awaits: a file, a child process, an
 * answer from the web.
 *
 * An `await` of a promise begins with a look at the promise's `constructor` (PromiseResolve in the language's
 * specification), and so do `then` and Promise.all. From the first Stop on that is a getter, which throws in code of a
 * stopped cell: there the await throws, like one whose promise was rejected, and `finally` has its turn. It costs
 * 25 ns an await. A trap in async_hooks could not throw into a continuation, and V8's termination would take the
 * microtasks of other cells with it.
 */
import { runningCell } from './cell.js';
import { UserPromise } from './realm.js';

const HOLDER = UserPromise.prototype as object;
const untouched = Object.getOwnPropertyDescriptor(HOLDER, 'constructor')!;
let set = false;

/** So often a stopped cell may catch what its awaits throw. One that tries for ever is left in an await that never ends. */
const MAX_CAUGHT = 100;

const trap: PropertyDescriptor = {
  configurable: true,
  enumerable: false,
  get(this: object) {
    const run = runningCell();
    if (!run?.over) return UserPromise;
    if (++run.trapped <= MAX_CAUGHT) throw run.signal.reason;
    Object.defineProperty(this, 'then', endless); // eslint-disable-line unicorn/no-thenable -- it is one already
    return undefined; // so the await asks for `then`
  },
  set(this: object, value: unknown) {
    Object.defineProperty(this, 'constructor', { ...untouched, value });
  },
};

/** For cells that go on the promise is as ever. */
const endless: PropertyDescriptor = {
  configurable: true,
  get: () => (runningCell()?.over ? () => {} : (Reflect.get(HOLDER, 'then') as unknown)),
};

/** From now on awaits of stopped cells throw. */
export function trapAwaits(): void {
  if (set) return;
  set = Reflect.defineProperty(HOLDER, 'constructor', trap); // a cell may have frozen it
}

/** Shows promises as they are without the trap, for `inspect`, which names a value by its constructor. */
export function untrapped<T>(look: () => T): T {
  if (!set) return look();
  Object.defineProperty(HOLDER, 'constructor', untouched);
  try {
    return look();
  } finally {
    Object.defineProperty(HOLDER, 'constructor', trap);
  }
}
