/** @file What depends on a type: the types that mention it, and all that a name still refers to. */
import type { Binding } from './binding.js';

/** Types that mention a replaced one, with the new one in its place; with nothing, it is the cell's own to find. */
export function dependents(
  bindings: Iterable<Binding>,
  replaced: ReadonlyMap<Binding, Binding | undefined>,
): Map<Binding, Binding> {
  const copies = new Map<Binding, Binding>();
  if (!replaced.size) return copies;
  const types = [...bindings].filter(({ isType, captured }) => isType && captured.size);
  for (let size = -1; size !== copies.size;) {
    size = copies.size;
    for (const type of types) {
      if (copies.has(type) || replaced.has(type)) continue;
      const mentions = [...type.captured.values()].some((t) => replaced.has(t) || copies.has(t));
      if (mentions) copies.set(type, type);
    }
  }
  for (const type of copies.keys())
    copies.set(
      type,
      type.with((target) => replaced.get(target)),
    );
  for (const copy of copies.values())
    for (const [id, target] of copy.captured) copy.captured.set(id, copies.get(target) ?? target);
  return copies;
}

/** All that bindings mean, and what that means. */
export function reachable(bindings: Iterable<Binding>): Set<Binding> {
  const seen = new Set<Binding>();
  const mark = (binding: Binding): void => {
    if (seen.has(binding)) return;
    seen.add(binding);
    for (const target of binding.captured.values()) mark(target);
  };
  for (const binding of bindings) mark(binding);
  return seen;
}
