/** @file What the environment asks of the engine: `D2L_BACKEND` and `D2L_THREADS`. */

/** The name of a backend, best first. */
export type BackendName = 'tensorflow' | 'wasm' | 'cpu';
const names: readonly BackendName[] = ['tensorflow', 'wasm', 'cpu'];

/** The backend that `D2L_BACKEND` forces, if any. @throws for a name that is no backend */
export function forcedBackend(
  value: string | undefined = process.env['D2L_BACKEND'],
): BackendName | undefined {
  if (!value) return undefined;
  const name = names.find((candidate) => candidate === value);
  if (!name)
    throw new Error(`D2L_BACKEND is ${value}, must be tensorflow, wasm or cpu; correct it or unset it`);
  return name;
}

/** Threads inside one op, from `D2L_THREADS`; `undefined` leaves it to TensorFlow. @throws for what is no count */
export function threads(value: string | undefined = process.env['D2L_THREADS']): number | undefined {
  if (!value) return undefined;
  const count = Number(value);
  if (!Number.isInteger(count) || count < 1) {
    throw new Error(`D2L_THREADS is ${value}, must be a whole number from 1 on; correct it or unset it`);
  }
  return count;
}
