/** @file The C API's one way of failing (`TF_Status`), turned into errors that a student can read. */
import type { CApi, Handle } from './c-api.js';

/** A failure reported by TensorFlow: which op, on which inputs, and why. */
export class TensorFlowError extends Error {
  override readonly name = 'TensorFlowError';
  constructor(
    message: string,
    /** TensorFlow's status code, e.g. 3 for an invalid argument, 8 for memory exhausted. */
    readonly code: number,
  ) {
    super(message);
  }
}

const RESOURCE_EXHAUSTED = 8;

/** TensorFlow's message without the names of its own wrapper functions and nodes. */
function plain(message: string): string {
  return message
    .replace(/\{\{(function_)?node [^}]*\}\}\s*/g, '')
    .replace(/\s*\[Op:\w+\]( name:.*)?$/s, '')
    .replace(/\n\t? ?\[\[.*$/s, '')
    .replace(/ for '[^']*' \(op: .*$/s, '')
    .replace(/ for '= ?\w+\[.*$/s, '')
    .replace(/(size-incompatible: .*?\])( \d+)+$/, '$1') // it ends with its numbers of batches
    .trim();
}

/** A `TF_Status` of our own, reused for call after call. */
export class Status {
  readonly handle: Handle;
  constructor(private readonly api: CApi) {
    this.handle = api.TF_NewStatus();
  }

  get failed(): boolean {
    return this.api.TF_GetCode(this.handle) !== 0;
  }

  /** Does nothing after a success. @throws TensorFlowError `what: TensorFlow's reason` after a failure */
  check(what: () => string): void {
    const code = this.api.TF_GetCode(this.handle);
    if (code === 0) return;
    const hint = code === RESOURCE_EXHAUSTED ? '; use a smaller batch or fewer steps' : '';
    throw new TensorFlowError(`${what()}: ${plain(this.api.TF_Message(this.handle))}${hint}`, code);
  }

  delete(): void {
    this.api.TF_DeleteStatus(this.handle);
  }
}
