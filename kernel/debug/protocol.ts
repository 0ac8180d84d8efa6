/**
 * @file What a front end and the debugger say to each other: the part of the Debug Adapter Protocol that Jupyter uses,
 * and Jupyter's additions to it (debugInfo, dumpCell, inspectVariables, richInspectVariables).
 */

/** Content of a `debug_request`. */
export interface DebugRequest {
  type: 'request';
  seq: number;
  command: string;
  arguments?: object;
}

/** Content of a `debug_reply`. */
export interface DebugResponse {
  type: 'response';
  seq: number;
  request_seq: number;
  command: string;
  success: boolean;
  message?: string;
  body: object;
}

/** Content of a `debug_event`. */
export interface DebugEvent {
  type: 'event';
  seq: number;
  event: keyof Events;
  body: object;
}

export interface SourceRef {
  path: string;
  name?: string;
}

/** Lines and columns are counted from 1. */
export interface SourceBreakpoint {
  line: number;
  condition?: string;
}

export interface Breakpoint {
  verified: boolean;
  line: number;
  source: SourceRef;
  /** Why it is not verified. */
  message?: string;
}

export interface StackFrame {
  id: number;
  name: string;
  source: SourceRef;
  line: number;
  column: number;
}

export interface Scope {
  name: string;
  variablesReference: number;
  expensive: boolean;
}

export interface Variable {
  name: string;
  value: string;
  /** Only of the types that JupyterLab formats itself: of any other it would show the type in place of the value. */
  type?: 'int' | 'float' | 'bool' | 'str';
  evaluateName: string;
  /** What to ask for its parts; 0 where there are none. */
  variablesReference: number;
}

export interface DebugInfo {
  isStarted: boolean;
  hashMethod: 'Murmur2';
  hashSeed: number;
  tmpFilePrefix: string;
  tmpFileSuffix: string;
  breakpoints: { source: string; breakpoints: SourceBreakpoint[] }[];
  stoppedThreads: number[];
  richRendering: boolean;
  exceptionPaths: string[];
  copyToGlobals: boolean;
}

/** command → [its arguments, the body of its answer] */
export interface Commands {
  debugInfo: [object, DebugInfo];
  initialize: [object, object];
  attach: [object, object];
  configurationDone: [object, object];
  disconnect: [object, object];
  dumpCell: [{ code: string }, { sourcePath: string }];
  source: [{ source?: SourceRef; path?: string }, { content: string; mimeType: string }];
  modules: [object, { modules: { id: string; name: string; path: string }[]; totalModules: number }];
  setBreakpoints: [{ source: SourceRef; breakpoints?: SourceBreakpoint[] }, { breakpoints: Breakpoint[] }];
  setExceptionBreakpoints: [{ filters: string[] }, object];
  threads: [object, { threads: { id: number; name: string }[] }];
  stackTrace: [{ startFrame?: number; levels?: number }, { stackFrames: StackFrame[]; totalFrames: number }];
  scopes: [{ frameId: number }, { scopes: Scope[] }];
  variables: [{ variablesReference: number; start?: number; count?: number }, { variables: Variable[] }];
  inspectVariables: [object, { variables: Variable[] }];
  richInspectVariables: [{ variableName: string; frameId?: number }, { data: object; metadata: object }];
  evaluate: [
    { expression: string; frameId?: number; context?: string },
    { result: string; variablesReference: number },
  ];
  continue: [object, { allThreadsContinued: boolean }];
  next: [object, object];
  stepIn: [object, object];
  stepOut: [object, object];
  pause: [object, object];
}

/** event → its body */
export interface Events {
  initialized: object;
  stopped: {
    reason: 'breakpoint' | 'step' | 'pause' | 'exception';
    threadId: number;
    allThreadsStopped: true;
    text?: string;
  };
  continued: { threadId: number; allThreadsContinued: true };
  terminated: object;
}
