/** @file The functions of TensorFlow's C library that we call, declared once as a table. Imports koffi and nothing else. */
import koffi, { type LibraryHandle } from 'koffi';

/** An address inside TensorFlow. Declared `uint64` because koffi hands a plain number for it, a `void *` would be an object. */
export type Handle = number;
/** One output of one node of a graph, passed by value (`TF_Output`). */
export type Output = { oper: Handle; index: number };
/** Memory of ours that C reads or writes. */
export type Memory = Float32Array | Int32Array | Uint8Array | BigInt64Array | BigUint64Array | null;

type Arguments = {
  void: undefined;
  handle: Handle;
  memory: Memory;
  str: string;
  int: number;
  long: number;
  float: number;
  byte: number;
  output: Output;
};
type Kind = keyof Arguments;
type Signature = readonly [Kind, ...Kind[]];
type Values<A extends readonly Kind[]> = { [K in keyof A]: Arguments[A[K]] };
type Callable<S> = S extends readonly [infer R extends Kind, ...infer A extends Kind[]]
  ? ((...values: Values<A>) => Arguments[R]) & {
      async: (...values: [...Values<A>, (error: Error | null, result: Arguments[R]) => void]) => void;
    }
  : never;

// Result first, then the arguments. Lengths are `long`: size_t and int64_t are both 64 bits wide here.
const tensorflow = {
  TF_Version: ['str'],
  TF_NewStatus: ['handle'],
  TF_DeleteStatus: ['void', 'handle'],
  TF_GetCode: ['int', 'handle'],
  TF_Message: ['str', 'handle'],
  TF_NewBuffer: ['handle'],
  TF_DeleteBuffer: ['void', 'handle'],
  TF_AllocateTensor: ['handle', 'int', 'memory', 'int', 'long'],
  TF_TensorData: ['handle', 'handle'],
  TF_TensorByteSize: ['long', 'handle'],
  TF_TensorType: ['int', 'handle'],
  TF_DeleteTensor: ['void', 'handle'],
  TF_StringInit: ['void', 'handle'],
  TF_StringCopy: ['void', 'handle', 'memory', 'long'],
  TF_StringGetDataPointer: ['handle', 'handle'],
  TF_StringGetSize: ['long', 'handle'],
  TFE_NewContextOptions: ['handle'],
  TFE_ContextOptionsSetConfig: ['void', 'handle', 'memory', 'long', 'handle'],
  TFE_ContextOptionsSetDevicePlacementPolicy: ['void', 'handle', 'int'],
  TFE_DeleteContextOptions: ['void', 'handle'],
  TFE_NewContext: ['handle', 'handle', 'handle'],
  TFE_DeleteContext: ['void', 'handle'],
  TFE_ContextListDevices: ['handle', 'handle', 'handle'],
  TF_DeviceListCount: ['int', 'handle'],
  TF_DeviceListName: ['str', 'handle', 'int', 'handle'],
  TF_DeviceListType: ['str', 'handle', 'int', 'handle'],
  TF_DeviceListMemoryBytes: ['long', 'handle', 'int', 'handle'],
  TF_DeleteDeviceList: ['void', 'handle'],
  TFE_NewTensorHandle: ['handle', 'handle', 'handle'],
  TFE_TensorHandleResolve: ['handle', 'handle', 'handle'],
  TFE_TensorHandleCopyToDevice: ['handle', 'handle', 'handle', 'str', 'handle'],
  TFE_TensorHandleDataType: ['int', 'handle'],
  TFE_TensorHandleNumDims: ['int', 'handle', 'handle'],
  TFE_TensorHandleDim: ['long', 'handle', 'int', 'handle'],
  TFE_DeleteTensorHandle: ['void', 'handle'],
  TFE_NewOp: ['handle', 'handle', 'str', 'handle'],
  TFE_OpSetDevice: ['void', 'handle', 'str', 'handle'],
  TFE_OpAddInput: ['void', 'handle', 'handle', 'handle'],
  TFE_OpSetAttrString: ['void', 'handle', 'str', 'memory', 'long'],
  TFE_OpSetAttrInt: ['void', 'handle', 'str', 'long'],
  TFE_OpSetAttrFloat: ['void', 'handle', 'str', 'float'],
  TFE_OpSetAttrBool: ['void', 'handle', 'str', 'byte'],
  TFE_OpSetAttrType: ['void', 'handle', 'str', 'int'],
  TFE_OpSetAttrShape: ['void', 'handle', 'str', 'memory', 'int', 'handle'],
  TFE_OpSetAttrIntList: ['void', 'handle', 'str', 'memory', 'int'],
  TFE_OpSetAttrFloatList: ['void', 'handle', 'str', 'memory', 'int'],
  TFE_OpSetAttrBoolList: ['void', 'handle', 'str', 'memory', 'int'],
  TFE_Execute: ['void', 'handle', 'memory', 'memory', 'handle'],
  TFE_DeleteOp: ['void', 'handle'],
  TF_NewGraph: ['handle'],
  TF_DeleteGraph: ['void', 'handle'],
  TF_NewOperation: ['handle', 'handle', 'str', 'str'],
  TF_FinishOperation: ['handle', 'handle', 'handle'],
  TF_SetDevice: ['void', 'handle', 'str'],
  TF_AddInput: ['void', 'handle', 'output'],
  TF_AddInputList: ['void', 'handle', 'memory', 'int'],
  TF_AddControlInput: ['void', 'handle', 'handle'],
  TF_SetAttrString: ['void', 'handle', 'str', 'memory', 'long'],
  TF_SetAttrInt: ['void', 'handle', 'str', 'long'],
  TF_SetAttrFloat: ['void', 'handle', 'str', 'float'],
  TF_SetAttrBool: ['void', 'handle', 'str', 'byte'],
  TF_SetAttrType: ['void', 'handle', 'str', 'int'],
  TF_SetAttrShape: ['void', 'handle', 'str', 'memory', 'int'],
  TF_SetAttrValueProto: ['void', 'handle', 'str', 'memory', 'long', 'handle'],
  TF_SetAttrTensor: ['void', 'handle', 'str', 'handle', 'handle'],
  TF_SetAttrIntList: ['void', 'handle', 'str', 'memory', 'int'],
  TF_SetAttrFloatList: ['void', 'handle', 'str', 'memory', 'int'],
  TF_SetAttrBoolList: ['void', 'handle', 'str', 'memory', 'int'],
  TF_OperationOutputType: ['int', 'output'],
  TF_GraphGetTensorNumDims: ['int', 'handle', 'output', 'handle'],
  TF_GraphGetTensorShape: ['void', 'handle', 'output', 'memory', 'int', 'handle'],
  TF_GraphGetOpDef: ['void', 'handle', 'str', 'handle', 'handle'],
  TFE_TensorHandleCopySharingTensor: ['handle', 'handle', 'handle'],
  // graph, name, append hash, operations (-1: all), inputs, outputs, output names, control outputs and names,
  // options, description, status
  TF_GraphToFunctionWithControlOutputs: [
    'handle',
    'handle',
    'str',
    'byte',
    'int',
    'memory',
    'int',
    'memory',
    'int',
    'memory',
    'memory',
    'int',
    'memory',
    'memory',
    'handle',
    'memory',
    'handle',
  ],
  TF_DeleteFunction: ['void', 'handle'],
  TFE_ContextAddFunction: ['void', 'handle', 'handle', 'handle'],
  TFE_ContextRemoveFunction: ['void', 'handle', 'str', 'handle'],
  TFE_ContextClearCaches: ['void', 'handle'],
} as const satisfies Record<string, Signature>;

const memory = {
  toNative: ['void', 'handle', 'memory', 'long'],
  toScript: ['void', 'memory', 'handle', 'long'],
} as const satisfies Record<string, Signature>;

/** TensorFlow's C functions, ready to call; each also has `.async`, which runs it on a libuv thread. */
export type CApi = { readonly [K in keyof typeof tensorflow]: Callable<(typeof tensorflow)[K]> } & {
  readonly [K in keyof typeof memory]: Callable<(typeof memory)[K]>;
};

/**
 * Opens the library and declares its functions, each at its first use.
 * @throws the loader's own message when the file cannot be opened
 */
export function openCApi(path: string): CApi {
  const library = koffi.load(path, { lazy: true });
  const output = koffi.struct({ oper: 'uint64', index: 'int' });
  const types = {
    void: 'void',
    handle: 'uint64',
    memory: 'void *',
    str: 'str',
    int: 'int',
    long: 'int64',
    float: 'float',
    byte: 'uint8',
    output,
  };
  const api = {};
  const declare = (from: LibraryHandle, name: string, symbol: string, signature: Signature) =>
    Object.defineProperty(api, name, {
      configurable: true,
      enumerable: true,
      get() {
        const [result, ...parameters] = signature.map((kind) => types[kind]);
        const value = from.func(symbol, result ?? 'void', parameters);
        Object.defineProperty(api, name, { value, enumerable: true });
        return value;
      },
    });
  for (const [name, signature] of Object.entries(tensorflow)) declare(library, name, name, signature);
  const self = koffi.load(null);
  for (const [name, signature] of Object.entries(memory)) declare(self, name, 'memcpy', signature);
  return api as CApi;
}
