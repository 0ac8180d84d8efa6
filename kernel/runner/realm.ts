/** @file What belongs to the realm that cells run in. */

/** The constructor of the promises that cells and node make. */
export const UserPromise = Promise;
