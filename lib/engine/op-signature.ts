/** @file Which inputs of an op are lists and which attributes it has, from TensorFlow's own OpDef. */
import type { Binding } from './binding.js';
import type { Handle } from './c-api.js';
import { fields } from './protobuf.js';

export interface OpSignature {
  /** For each input, whether it takes a list. */
  readonly inputs: readonly boolean[];
  readonly attrs: ReadonlySet<string>;
  /** Attributes that count the elements of a list input; TensorFlow sets them itself. */
  readonly lengths: ReadonlySet<string>;
}

const known = new Map<string, OpSignature>();

// Field numbers of OpDef and OpDef.ArgDef.
const INPUT_ARG = 2;
const ATTR = 4;
const ATTR_NAME = 1;
const NUMBER_ATTR = 5;
const TYPE_LIST_ATTR = 6;

function read({ api, status }: Binding, graph: Handle, name: string): Uint8Array {
  const buffer = api.TF_NewBuffer();
  try {
    api.TF_GraphGetOpDef(graph, name, buffer, status.handle);
    status.check(() => `TensorFlow has no op ${name}`);
    const header = new BigUint64Array(2); // const void* data, size_t length
    api.toScript(header, buffer, header.byteLength);
    const bytes = new Uint8Array(Number(header[1]));
    api.toScript(bytes, Number(header[0]), bytes.length);
    return bytes;
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}

const text = (value: number | Uint8Array): string => Buffer.from(value as Uint8Array).toString();

function parse(definition: Uint8Array): OpSignature {
  const inputs: boolean[] = [];
  const attrs = new Set<string>();
  const lengths = new Set<string>();
  for (const { number, value } of fields(definition)) {
    if (typeof value === 'number') continue;
    if (number === ATTR) {
      for (const part of fields(value)) if (part.number === ATTR_NAME) attrs.add(text(part.value));
    }
    if (number === INPUT_ARG) {
      const list = [...fields(value)].find(
        (part) => part.number === NUMBER_ATTR || part.number === TYPE_LIST_ATTR,
      );
      inputs.push(list !== undefined);
      if (list?.number === NUMBER_ATTR) lengths.add(text(list.value));
    }
  }
  return { inputs, attrs, lengths };
}

/** The signature of an op, read once. @throws TensorFlowError when there is no such op */
export function opSignature(binding: Binding, graph: Handle, name: string): OpSignature {
  let signature = known.get(name);
  if (!signature) known.set(name, (signature = parse(read(binding, graph, name))));
  return signature;
}
