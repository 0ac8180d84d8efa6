/** @file Values across the border: JavaScript arrays to and from `TF_Tensor`. */
import type { CApi, Handle } from './c-api.js';
import { type Data, type NumericData, DType, describe, element, sizeOf } from './dtypes.js';

/** Bytes of one `TF_TString`. */
const STRING_BYTES = 24;

function allocate(api: CApi, dtype: number, shape: readonly number[], bytes: number): Handle {
  const tensor = api.TF_AllocateTensor(dtype, BigInt64Array.from(shape, BigInt), shape.length, bytes);
  if (!tensor)
    throw new Error(`no memory for ${describe(dtype, shape)}, ${bytes} bytes; use a smaller batch`);
  return tensor;
}

function stringTensor(api: CApi, shape: readonly number[], values: readonly Uint8Array[]): Handle {
  const tensor = allocate(api, DType.TF_STRING, shape, values.length * STRING_BYTES);
  const start = api.TF_TensorData(tensor);
  values.forEach((bytes, i) => {
    api.TF_StringInit(start + STRING_BYTES * i);
    api.TF_StringCopy(start + STRING_BYTES * i, bytes, bytes.length);
  });
  return tensor;
}

/** Numbers that arrive in another array type than their dtype's (a Uint8Array of int32, say) are converted. */
function bytesOf(dtype: number, shape: readonly number[], data: NumericData): Uint8Array {
  const { array, bytes } = element(dtype);
  const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data.byteLength === sizeOf(shape) * bytes) return view;
  if (data.length !== sizeOf(shape) || data instanceof BigInt64Array) {
    throw new Error(`${describe(dtype, shape)} needs ${sizeOf(shape)} values but got ${data.length}`);
  }
  const converted = array.from(data);
  return new Uint8Array(converted.buffer, converted.byteOffset, converted.byteLength);
}

/** Copies an array into a new `TF_Tensor`, which the caller deletes. @throws when the count does not fit the shape */
export function toTensor(api: CApi, dtype: number, shape: readonly number[], data: Data): Handle {
  if (Array.isArray(data)) return stringTensor(api, shape, data);
  const bytes = bytesOf(dtype, shape, data);
  const tensor = allocate(api, dtype, shape, bytes.length);
  if (bytes.length) api.toNative(api.TF_TensorData(tensor), bytes, bytes.length);
  return tensor;
}

/** Copies a `TF_Tensor` out and deletes it. */
export function takeTensor(api: CApi, tensor: Handle): Data {
  try {
    const dtype = api.TF_TensorType(tensor);
    const bytes = api.TF_TensorByteSize(tensor);
    const start = api.TF_TensorData(tensor);
    if (dtype === DType.TF_STRING) return takeStrings(api, start, bytes / STRING_BYTES);
    const out = new Uint8Array(bytes);
    if (bytes) api.toScript(out, start, bytes);
    const { array } = element(dtype);
    return array === Uint8Array ? out : (Reflect.construct(array, [out.buffer]) as NumericData);
  } finally {
    api.TF_DeleteTensor(tensor);
  }
}

function takeStrings(api: CApi, start: Handle, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, i) => {
    const at = start + STRING_BYTES * i;
    const bytes = new Uint8Array(api.TF_StringGetSize(at));
    if (bytes.length) api.toScript(bytes, api.TF_StringGetDataPointer(at), bytes.length);
    return bytes;
  });
}
