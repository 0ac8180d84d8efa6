/** @file The tree of variables: scopes, objects, their parts, each behind a number that the front end asks with. */
import type { Debugger, Runtime } from 'node:inspector';
import { describe } from './describe.js';
import type { Inspector } from './inspector.js';
import type { Scope, Variable } from './protocol.js';

/** What a number stands for. */
type Held =
  | { kind: 'list'; variables: Variable[] }
  | { kind: 'object'; objectId: string; path: string }
  | { kind: 'elements'; objectId: string; path: string; start: number; count: number };

/** Objects that the inspector keeps for us until we let go of them. */
export const OBJECT_GROUP = 'd2l-ts-debug';
/** More elements than these are shown in groups. */
const GROUP = 100;
const OWN_NAMES = /^__d2l/;
/** Of every function and array; nobody looks for them. */
const UNINTERESTING = /^(length|name|prototype|constructor|arguments|caller)$/;
const INTERNAL =
  /^\[\[(Entries|PromiseState|PromiseResult|PrimitiveValue|Target|Handler|TargetFunction|BoundArgs)\]\]$/;
const IDENTIFIER = /^#?[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

const PICK = `(names) => {
  const picked = Object.create(null);
  for (const name of names) {
    const property = Object.getOwnPropertyDescriptor(globalThis, name);
    if (property) Object.defineProperty(picked, name, { ...property, enumerable: true });
  }
  return picked;
}`;
const SLICE = `function (start, count) {
  const part = {};
  for (let i = start; i < start + count; i++) if (i in this) part[i] = this[i];
  return part;
}`;
/** Tensors of any library: the type and the shape say more than the names of the fields. */
const SHAPES = `function (...values) {
  return values.map((value) => value.constructor.name + ' ' + value.dtype + ' [' + value.shape + ']');
}`;

export class Variables {
  readonly #held = new Map<number, Held>();
  #next = 1;

  /** @param names of the notebook's own variables */
  constructor(
    private readonly inspector: Inspector,
    private readonly names: Iterable<string>,
  ) {}

  /** Forgets all numbers, and lets the runner forget the objects. */
  release(): void {
    this.#held.clear();
    this.inspector.send('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP }).catch(() => {});
  }

  /** The scopes of a frame, the innermost first; one that has nothing to show is left out. */
  async scopes({ scopeChain, this: self, returnValue }: Debugger.CallFrame): Promise<Scope[]> {
    const end = scopeChain.findIndex(({ type }) => type === 'local' || type === 'module');
    const own = scopeChain.slice(0, end + 1);
    const outer = scopeChain.slice(end + 1).filter(({ type }) => !/^(global|script)$/.test(type));
    const locals = await this.#merged(own);
    if (returnValue) locals.unshift(this.variable('return value', returnValue, ''));
    if (self.type === 'object' && self.className !== 'global' && self.subtype !== 'null')
      locals.unshift(this.variable('this', self, 'this'));
    const named: [string, Variable[]][] = [
      ['Locals', locals],
      ['Closure', await this.#merged(outer)],
    ];
    const scopes = named.filter(([, variables]) => variables.length);
    return [...scopes, ['Globals', await this.globals()] as const].map(([name, variables]) => ({
      name,
      variablesReference: this.#hold({ kind: 'list', variables }),
      expensive: false,
    }));
  }

  /** The notebook's own variables. */
  async globals(): Promise<Variable[]> {
    const { result } = await this.inspector.send<Runtime.EvaluateReturnType>('Runtime.evaluate', {
      expression: `(${PICK})(${JSON.stringify([...this.names])})`,
      objectGroup: OBJECT_GROUP,
      silent: true,
    });
    return this.#properties(result.objectId!, '');
  }

  /** What is behind a number; nothing when the pause it was given in is over. */
  async children(reference: number): Promise<Variable[]> {
    const held = this.#held.get(reference);
    if (held?.kind === 'object') return this.#properties(held.objectId, held.path);
    if (held?.kind === 'elements') return this.#elements(held);
    return held?.variables ?? [];
  }

  variable(name: string, value: Runtime.RemoteObject | undefined, path: string): Variable {
    return { name, ...describe(value), evaluateName: path, variablesReference: this.reference(value, path) };
  }

  /** The number for a value's parts, 0 when it has none. */
  reference(value: Runtime.RemoteObject | undefined, path: string): number {
    if (!value?.objectId || value.type === 'symbol') return 0;
    const { objectId, subtype, description = '' } = value;
    const count = Number(/\((\d+)\)$/.exec(description)?.[1] ?? 0);
    const isList = subtype === 'array' || subtype === 'typedarray';
    if (isList && count > GROUP) return this.#hold({ kind: 'elements', objectId, path, start: 0, count });
    return this.#hold({ kind: 'object', objectId, path });
  }

  #hold(held: Held): number {
    this.#held.set(this.#next, held);
    return this.#next++;
  }

  /** Variables of nested scopes; an inner one hides an outer one of the same name. */
  async #merged(scopes: readonly Debugger.Scope[]): Promise<Variable[]> {
    const found = new Map<string, Variable>();
    for (const { object } of scopes) {
      for (const variable of await this.#properties(object.objectId!, ''))
        if (!found.has(variable.name) && !OWN_NAMES.test(variable.name)) found.set(variable.name, variable);
    }
    return [...found.values()];
  }

  async #properties(objectId: string, path: string): Promise<Variable[]> {
    const { result, internalProperties, privateProperties } = await this.inspector.send<
      Runtime.GetPropertiesReturnType & { privateProperties?: Runtime.PropertyDescriptor[] }
    >('Runtime.getProperties', { objectId, ownProperties: true, generatePreview: true });
    const own = result.filter(({ name, enumerable }) => enumerable || !UNINTERESTING.test(name));
    const shown = [
      ...own.filter(({ name }) => name !== '__proto__'),
      ...(privateProperties ?? []),
      ...(internalProperties ?? []).filter(({ name }) => INTERNAL.test(name)),
    ];
    const variables = shown.map((property) => {
      const { name, value, get } = property as Runtime.PropertyDescriptor;
      if (get?.type === 'function')
        return { name, value: '[Getter]', evaluateName: member(path, name), variablesReference: 0 };
      return this.variable(name, value, member(path, name));
    });
    await this.#nameShapes(
      shown.map(({ value }) => value),
      variables,
    );
    return variables;
  }

  async #nameShapes(
    values: readonly (Runtime.RemoteObject | undefined)[],
    variables: Variable[],
  ): Promise<void> {
    const tensors = [...values.keys()].filter((i) => isShaped(values[i]));
    if (!tensors.length) return;
    const { result } = await this.inspector.send<Runtime.CallFunctionOnReturnType>('Runtime.callFunctionOn', {
      functionDeclaration: SHAPES,
      objectId: values[tensors[0]!]!.objectId,
      arguments: tensors.map((i) => ({ objectId: values[i]!.objectId })),
      returnByValue: true,
      silent: true,
    });
    if (!Array.isArray(result.value)) return;
    for (const [at, text] of (result.value as string[]).entries()) variables[tensors[at]!]!.value = text;
  }

  /** Up to a hundred elements, or groups of them. */
  async #elements({ objectId, path, start, count }: Held & { kind: 'elements' }): Promise<Variable[]> {
    if (count > GROUP) {
      let size = GROUP;
      while (size * GROUP < count) size *= GROUP;
      return Array.from({ length: Math.ceil(count / size) }, (_, i) => {
        const [first, many] = [start + i * size, Math.min(size, count - i * size)];
        return {
          name: `[${first} … ${first + many - 1}]`,
          value: '',
          evaluateName: '',
          variablesReference: this.#hold({ kind: 'elements', objectId, path, start: first, count: many }),
        };
      });
    }
    const { result } = await this.inspector.send<Runtime.CallFunctionOnReturnType>('Runtime.callFunctionOn', {
      functionDeclaration: SLICE,
      objectId,
      arguments: [{ value: start }, { value: count }],
      silent: true,
    });
    return this.#properties(result.objectId!, path);
  }
}

function isShaped(value: Runtime.RemoteObject | undefined): boolean {
  const names = value?.preview?.properties.map(({ name }) => name);
  return Boolean(names?.includes('dtype') && names.includes('shape'));
}

function member(path: string, name: string): string {
  if (!path) return name;
  if (/^\d+$/.test(name)) return `${path}[${name}]`;
  return IDENTIFIER.test(name) ? `${path}.${name}` : `${path}[${JSON.stringify(name)}]`;
}
