/**
 * What most first cells use of Node, said in a few lines: it is there before Node's own types are, and says no more than
 * they do. What it does not have is a problem, and a cell with a problem is judged with all of Node's types.
 */
interface Console {
  log(message?: any, ...optionalParams: any[]): void;
  info(message?: any, ...optionalParams: any[]): void;
  debug(message?: any, ...optionalParams: any[]): void;
  warn(message?: any, ...optionalParams: any[]): void;
  error(message?: any, ...optionalParams: any[]): void;
  dir(obj: any): void;
  table(tabularData: any, properties?: readonly string[]): void;
  group(...label: any[]): void;
  groupEnd(): void;
  time(label?: string): void;
  timeEnd(label?: string): void;
}
declare const console: Console;

interface LeanTimer {
  ref(): this;
  unref(): this;
  hasRef(): boolean;
}
declare function setTimeout(callback: (_: void) => void, delay?: number): LeanTimer;
declare function setInterval(callback: (_: void) => void, delay?: number): LeanTimer;
declare function clearTimeout(timer: LeanTimer | undefined): void;
declare function clearInterval(timer: LeanTimer | undefined): void;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T): T;
declare const performance: { now(): number };
