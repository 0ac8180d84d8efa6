/** Checks that the book's cells make, and the sentences of shape errors. */

interface Shaped {
  readonly shape: readonly number[];
}

const show = (shape: readonly (number | string)[]): string => `(${shape.join(', ')})`;

/**
 * Throws unless `a` has length `n` (d2l section 9.5).
 *
 * @throws naming both lengths.
 */
export function checkLen(a: { readonly length: number }, n: number): void {
  if (a.length !== n) throw new Error(`expected length ${n}, got ${a.length}`);
}

/**
 * Throws unless the tensor `a` has the shape given (d2l section 9.5).
 *
 * @throws naming both shapes.
 */
export function checkShape(a: Shaped, shape: readonly number[]): void {
  if (a.shape.length !== shape.length || shape.some((n, i) => n !== a.shape[i])) {
    throw new Error(`expected shape ${show(shape)}, got ${show(a.shape)}`);
  }
}

/**
 * The error for a method that a subclass still owes, written as it is called: `forward(X, state)`.
 *
 * @internal
 */
export const missingMethod = (owner: object, method: string): Error =>
  new Error(
    `${owner.constructor.name} has no ${method.replace(/\(.*/, '')} yet: add ${method} with addToClass`,
  );

/**
 * Throws when an option has none of the known names: a check for cells whose types are not checked.
 *
 * @internal
 */
export function expectOptions(owner: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Error(`${owner} has no option '${unknown}': it knows ${known.join(', ')}`);
  }
}

/**
 * Throws unless `x` fits `pattern`, whose words stand for any length: `['steps', 'batch', 28]`.
 *
 * @param layer the name of the layer that speaks.
 * @internal
 */
export function expectShape(layer: string, x: Shaped, pattern: readonly (number | string)[]): void {
  const fits =
    x.shape.length === pattern.length &&
    pattern.every((want, i) => typeof want === 'string' || want === x.shape[i]);
  if (!fits) throw new Error(`${layer} expects ${show(pattern)}, got ${show(x.shape)}`);
}
