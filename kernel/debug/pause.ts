/** @file A moment in which the cells stand still: why, and the stack as the reader of the notebook knows it. */
import type { Debugger } from 'node:inspector';
import type { Events, StackFrame } from './protocol.js';
import type { Scripts } from './scripts.js';
import type { Source } from './source.js';

export type Stopped = Debugger.PausedEventDataType;

/** What the front end has told it to do. */
export type Asked = 'step' | 'pause' | undefined;

/** A frame of a text that a reader can be shown. */
export interface Frame {
  shown: StackFrame;
  /** What the inspector knows it by. */
  call: Debugger.CallFrame;
}

/** The numbers of frames are never used twice, so that a late question finds nothing rather than another frame. */
let nextFrame = 1;

/** The stack without what the kernel, node and the compiler added to it. */
export function readableFrames(stopped: Stopped, scripts: Scripts): Frame[] {
  return stopped.callFrames.flatMap((call) => {
    const source = scripts.sourceOf(call.location.scriptId);
    const place = source?.original(call.location);
    if (!source || !place) return [];
    const { path } = source;
    const name = call.functionName || (isCellItself(call, source) ? '<cell>' : '<anonymous>');
    return [{ shown: { id: nextFrame++, name, source: { path }, ...place }, call }];
  });
}

/** The function that the compiler puts around a cell begins outside the cell's text. */
function isCellItself({ functionLocation }: Debugger.CallFrame, source: Source): boolean {
  return functionLocation !== undefined && !source.original(functionLocation);
}

/** Why it stopped, in the front end's words. */
export function reasonOf(stopped: Stopped, asked: Asked): Omit<Events['stopped'], 'threadId'> {
  const allThreadsStopped = true;
  if (isException(stopped)) {
    const { description = '', value = '' } = (stopped.data ?? {}) as {
      description?: string;
      value?: unknown;
    };
    const text = (description || String(value)).split('\n', 1)[0]!;
    return { reason: 'exception', text, allThreadsStopped };
  }
  return {
    reason: stopped.hitBreakpoints?.length ? 'breakpoint' : (asked ?? 'breakpoint'),
    allThreadsStopped,
  };
}

/**
 * What to do where a step has led out of every text a reader knows: after a cell's last line it is over, inside a
 * function that has no text it goes on until it is out. Undefined where it is right to stop.
 */
export function wayOut(stopped: Stopped, scripts: Scripts, asked: Asked): string | undefined {
  if (stopped.hitBreakpoints?.length || isException(stopped)) return undefined;
  const top = stopped.callFrames[0];
  const source = top && scripts.sourceOf(top.location.scriptId);
  if (!source) return 'Debugger.stepOut';
  if (source.original(top.location)) return undefined;
  return asked === 'pause' ? 'Debugger.stepInto' : 'Debugger.resume';
}

function isException({ reason }: Stopped): boolean {
  return reason === 'exception' || reason === 'promiseRejection';
}
