/** @file What the figure functions take for numbers: arrays, typed arrays, tensors. */

/** A row of numbers: an array, a typed array or a 1-D tensor. */
export type Numbers = ArrayLike<number> | { dataSync(): ArrayLike<number> };

/** A table of numbers: rows, or a 2-D tensor. */
export type Matrix = readonly Numbers[] | { arraySync(): readonly (readonly number[])[] };

/** The numbers as a plain array. */
export function toArray(numbers: Numbers): number[] {
  return Array.from('dataSync' in numbers ? numbers.dataSync() : numbers);
}

/**
 * The table as rows of one length.
 * @throws Error when the rows differ in length
 */
export function toRows(matrix: Matrix): number[][] {
  const rows = 'arraySync' in matrix ? matrix.arraySync().map((row) => [...row]) : matrix.map(toArray);
  const columns = rows[0]?.length ?? 0;
  const other = rows.findIndex((row) => row.length !== columns);
  if (other > 0) {
    throw new Error(
      `row 0 has ${columns} numbers and row ${other} has ${rows[other]?.length}: make them equally long`,
    );
  }
  return rows;
}

/** Whether the value is one row of numbers rather than several. */
export function isRow(value: Numbers | readonly Numbers[]): value is Numbers {
  return 'dataSync' in value || value.length === 0 || typeof value[0] === 'number';
}
