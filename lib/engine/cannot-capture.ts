/** @file The error for what a captured step cannot do, and the line of the user's that does it. */

// With source maps, frames of tfjs and of this library bear the names of their sources.
const INTERNAL =
  /node_modules|node:|[\\/]tfjs-[a-z-]+[\\/]src[\\/]|[\\/]lib[\\/](core|engine|models|nn|text|util)[\\/](?!.*\.test\.)/;
const DEEP = 100;

/** The first line of a stack that is neither tfjs's nor the engine's: `file:line:column`, or '' if there is none. */
export function userLine(stack: string = deepStack()): string {
  const frames = stack.split('\n').filter((line) => /^\s*at .*:\d+:\d+/.test(line) && !INTERNAL.test(line));
  const [frame = ''] = frames;
  return /\((.+:\d+:\d+)\)\s*$/.exec(frame)?.[1] ?? /at (?:async )?(.+:\d+:\d+)\s*$/.exec(frame)?.[1] ?? '';
}

/** tfjs calls itself through more frames than V8 notes by default. */
function deepStack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = DEEP;
  try {
    return new Error().stack ?? '';
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Thrown while a step is captured, when it does something that a graph cannot repeat; such a step runs eagerly. */
export class CannotCaptureError extends Error {
  override readonly name = 'CannotCaptureError';
  constructor(
    /** What it does: "reads the values of float32[32,28]". */
    readonly what: string,
    /** Where: `file:line:column` of the user's code, '' if unknown. */
    readonly line: string = userLine(),
  ) {
    super(`the step cannot be captured because it ${what}${line ? ` at ${line}` : ''}`);
  }
}

let capturing = false;

/** Whether a step is being captured now. */
export const isCapturing = (): boolean => capturing;

/** Guards what would be frozen into the graph, e.g. random numbers made in JavaScript. @throws CannotCaptureError */
export function notWhileCapturing(what: string): void {
  if (capturing) throw new CannotCaptureError(what);
}

/** The part of tfjs's engine that makes variables. */
interface VariableMaker {
  makeVariable(...values: never[]): unknown;
}

/** Runs the tracing of a step: `Math.random` and new variables, which a graph would freeze, throw inside. */
export function whileCapturing<T>(engine: VariableMaker, trace: () => T): T {
  const { random } = Math;
  capturing = true;
  Math.random = () => {
    throw new CannotCaptureError('draws a random number in JavaScript');
  };
  engine.makeVariable = () => {
    throw new CannotCaptureError('makes a variable');
  };
  try {
    return trace();
  } finally {
    capturing = false;
    Math.random = random;
    Reflect.deleteProperty(engine, 'makeVariable'); // the method of the class comes back
  }
}
