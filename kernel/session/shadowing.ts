/** @file What a name stands for when a cell has declared it, and something of the name was there before. */
import { Binding, type Part } from './binding.js';
import { declarationText } from './declaration-text.js';
import type { Declared } from './declarations.js';

/** What a name stands for after a cell: a value leaves a type of its name alone, and the other way round. */
export function shadowing(
  name: string,
  items: readonly Declared[],
  types: ReadonlyMap<Declared, string>,
  old: Binding | undefined,
): Binding {
  const parts: Part[] = [];
  for (const item of items) {
    const text = item.doc + (item.kind === 'inferred' ? declarationText(item, types.get(item)) : item.text);
    if (!parts.some((part) => part.text === text)) parts.push({ space: item.space, text, shown: item.shown });
  }
  const has = (space: Part['space']): boolean => parts.some((part) => part.space !== space);
  const kept = old?.parts.filter(
    ({ space }) => (space === 'value' && !has('type')) || (space === 'type' && !has('value')),
  );
  const isLoneType = !has('type') && old?.parts.some(({ space }) => space === 'both') && !old.isImport;
  // The class goes on as a value.
  if (isLoneType) kept!.push({ space: 'value', text: `declare const ${name}: typeof ${name}$0` });
  const binding = new Binding(
    name,
    [...(kept ?? []), ...parts],
    items.some(({ kind }) => kind === 'import'),
  );
  binding.source = [...new Set(items.map(({ source }) => source))].join('\n');
  if (old && kept?.length) {
    for (const [id, target] of old.captured) binding.captured.set(id, target);
    for (const id of old.cells) binding.cells.add(id);
  }
  if (isLoneType) binding.captured.set(`${name}$0`, old!);
  return binding;
}
