/** @file Node's resolution of imports. Only an ES module can ask for it, and the runner is bundled as CommonJS. */
export function resolve(specifier: string, parent: string): string {
  return import.meta.resolve(specifier, parent);
}
