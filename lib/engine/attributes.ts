/** @file Attributes of an op, set on an eager op or on a graph node by the functions of the same name. */
import type { CApi, Handle } from './c-api.js';
import { type Attr, AttrKind } from './dtypes.js';
import { stringListProto } from './protobuf.js';

type Mode = 'TFE_Op' | 'TF_';

const list = <T>(value: unknown): T[] => (Array.isArray(value) ? value : [value]) as T[];

function setList(api: CApi, mode: Mode, op: Handle, { name, type, value }: Attr, status: Handle): boolean {
  if (!Array.isArray(value)) return false;
  const n = value.length;
  if (type === AttrKind.TF_ATTR_STRING && mode === 'TF_') {
    const bytes = stringListProto(value as string[]);
    api.TF_SetAttrValueProto(op, name, bytes, bytes.length, status);
    return true;
  }
  if (type === AttrKind.TF_ATTR_INT) {
    api[`${mode}SetAttrIntList`](op, name, BigInt64Array.from(value as number[], BigInt), n);
  } else if (type === AttrKind.TF_ATTR_FLOAT) {
    api[`${mode}SetAttrFloatList`](op, name, Float32Array.from(value as number[]), n);
  } else if (type === AttrKind.TF_ATTR_BOOL) {
    api[`${mode}SetAttrBoolList`](op, name, Uint8Array.from(value as number[], Number), n);
  } else return false;
  return true;
}

function setShape(api: CApi, mode: Mode, op: Handle, { name, value }: Attr, status: Handle): void {
  const dims = BigInt64Array.from(list<number>(value), BigInt);
  if (mode === 'TF_') api.TF_SetAttrShape(op, name, dims, dims.length);
  else api.TFE_OpSetAttrShape(op, name, dims, dims.length, status);
}

/** Sets one attribute. @throws for a kind of attribute that no kernel of tfjs uses */
export function setAttribute(api: CApi, mode: Mode, op: Handle, attr: Attr, status: Handle): void {
  const { name, type, value } = attr;
  if (type === AttrKind.TF_ATTR_TYPE) return api[`${mode}SetAttrType`](op, name, value as number);
  if (setList(api, mode, op, attr, status)) return;
  switch (type) {
    case AttrKind.TF_ATTR_BOOL:
      return api[`${mode}SetAttrBool`](op, name, value ? 1 : 0);
    case AttrKind.TF_ATTR_INT:
      return api[`${mode}SetAttrInt`](op, name, value as number);
    case AttrKind.TF_ATTR_FLOAT:
      return api[`${mode}SetAttrFloat`](op, name, value as number);
    case AttrKind.TF_ATTR_SHAPE:
      return setShape(api, mode, op, attr, status);
    case AttrKind.TF_ATTR_STRING: {
      const bytes = Buffer.from(String(value));
      return api[`${mode}SetAttrString`](op, name, bytes, bytes.length);
    }
    default:
      throw new Error(`internal: attribute ${name} has the unknown kind ${type}`);
  }
}
