/** @file TensorFlow's numbers for element types and attribute kinds, under the names tfjs-node asks a binding for. */

/** Element types (`TF_DataType`). */
export const DType = {
  TF_FLOAT: 1,
  TF_DOUBLE: 2,
  TF_INT32: 3,
  TF_UINT8: 4,
  TF_STRING: 7,
  TF_COMPLEX64: 8,
  TF_INT64: 9,
  TF_BOOL: 10,
  TF_RESOURCE: 20,
} as const;

/** Kinds of op attributes (`TF_AttrType`). */
export const AttrKind = {
  TF_ATTR_STRING: 0,
  TF_ATTR_INT: 1,
  TF_ATTR_FLOAT: 2,
  TF_ATTR_BOOL: 3,
  TF_ATTR_TYPE: 4,
  TF_ATTR_SHAPE: 5,
} as const;

/** An attribute of an op, as tfjs-node's kernels write it. */
export interface Attr {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

export const typeAttr = (name: string, value: number): Attr => ({
  name,
  type: AttrKind.TF_ATTR_TYPE,
  value,
});
export const shapeAttr = (value: readonly number[]): Attr => ({
  name: 'shape',
  type: AttrKind.TF_ATTR_SHAPE,
  value,
});
export const boolAttr = (name: string, value: boolean): Attr => ({
  name,
  type: AttrKind.TF_ATTR_BOOL,
  value,
});
export const stringAttr = (name: string, value: string | readonly string[]): Attr => ({
  name,
  type: AttrKind.TF_ATTR_STRING,
  value,
});

/** Values as they live in JavaScript; strings are arrays of UTF-8 bytes. */
export type NumericData = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;
export type Data = NumericData | Uint8Array[];

type Constructor = { new (length: number): NumericData; from(values: Iterable<number>): NumericData };
interface Element {
  readonly name: string;
  readonly bytes: number;
  /** The array that holds such elements; complex64 is two floats an element. */
  readonly array: Constructor;
}

const elements = new Map<number, Element>([
  [DType.TF_FLOAT, { name: 'float32', bytes: 4, array: Float32Array }],
  [DType.TF_DOUBLE, { name: 'float64', bytes: 8, array: Float64Array }],
  [DType.TF_INT32, { name: 'int32', bytes: 4, array: Int32Array }],
  [DType.TF_UINT8, { name: 'uint8', bytes: 1, array: Uint8Array }],
  [DType.TF_COMPLEX64, { name: 'complex64', bytes: 8, array: Float32Array }],
  [DType.TF_INT64, { name: 'int64', bytes: 8, array: BigInt64Array as unknown as Constructor }],
  [DType.TF_BOOL, { name: 'bool', bytes: 1, array: Uint8Array }],
]);

/** The layout of a numeric element type. @throws for types that have none (string, resource) or that are unknown */
export function element(dtype: number): Element {
  const found = elements.get(dtype);
  if (!found) throw new Error(`internal: TensorFlow's element type ${dtype} has no array in JavaScript`);
  return found;
}

/** `float32[2,3]`: how an error names a tensor. */
export function describe(dtype: number, shape: readonly number[]): string {
  const names: Record<number, string> = { [DType.TF_STRING]: 'string', [DType.TF_RESOURCE]: 'resource' };
  return `${elements.get(dtype)?.name ?? names[dtype] ?? `type ${dtype}`}[${shape.join(',')}]`;
}

/** How many elements a shape holds. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
