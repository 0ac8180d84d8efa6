/** @file A value of the runner as one line of text, made from what the inspector tells of it. */
import type { Runtime } from 'node:inspector';
import type { Variable } from './protocol.js';

const LONGEST = 500;

/** The text, and the type where JupyterLab looks at it. */
export function describe(value: Runtime.RemoteObject | undefined): Pick<Variable, 'value' | 'type'> {
  if (!value) return { value: 'not assigned yet' };
  switch (value.type) {
    case 'string':
      return { value: cut(JSON.stringify(value.value)), type: 'str' };
    case 'number': {
      const text = value.unserializableValue ?? String(value.value);
      return { value: text, type: /^-?\d+$/.test(text) ? 'int' : 'float' };
    }
    case 'boolean':
      return { value: String(value.value), type: 'bool' };
    case 'undefined':
      return { value: 'undefined' };
    case 'function':
      return { value: cut(firstLine(value.description ?? 'function').replace(/\s*\{\s*$/, '')) };
    case 'object':
      return { value: value.subtype === 'null' ? 'null' : cut(objectText(value)) };
    default:
      return { value: value.unserializableValue ?? value.description ?? value.type };
  }
}

function objectText({ subtype, description = 'Object', preview }: Runtime.RemoteObject): string {
  const name = firstLine(description);
  if (!preview || /^(error|date|regexp|internal#.*)$/.test(subtype ?? '')) return name;
  const more = preview.overflow ? ['…'] : [];
  const isList = subtype === 'array' || subtype === 'typedarray';
  const parts = preview.entries
    ? preview.entries.map(({ key, value }) => `${key ? `${previewText(key)} => ` : ''}${previewText(value)}`)
    : preview.properties.map((property) =>
        isList && /^\d+$/.test(property.name)
          ? partText(property)
          : `${property.name}: ${partText(property)}`,
      );
  const inner = [...parts, ...more].join(', ');
  if (isList) return `${name} [${inner}]`;
  return name === 'Object' ? `{${inner}}` : `${name} {${inner}}`;
}

function partText({ type, value, valuePreview }: Runtime.PropertyPreview): string {
  if (valuePreview) return previewText(valuePreview);
  if (type === 'accessor') return '[Getter]';
  if (type === 'function') return value || 'function';
  return type === 'string' ? JSON.stringify(value) : (value ?? type);
}

function previewText({ type, description = '' }: Runtime.ObjectPreview): string {
  return type === 'string' ? JSON.stringify(description) : firstLine(description);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
