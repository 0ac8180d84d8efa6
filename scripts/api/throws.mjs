/** @file Which functions and methods of a source throw by themselves: their docstrings have to say so. */
import fs from 'node:fs';
import path from 'node:path';
import { parseSync } from 'oxc-parser';
import { root } from '../house/paths.mjs';

const FUNCTIONS = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/;

/** Whether a node throws, in a place that is not inside of a function of its own. */
function throws(node) {
  if (node === null || typeof node !== 'object') return false;
  if (Array.isArray(node)) return node.some(throws);
  if (node.type === 'ThrowStatement') return true;
  return !FUNCTIONS.test(node.type ?? '') && Object.values(node).some(throws);
}

/** @returns {string[]} `name` of each top-level function and `Class.method` of each method that throws */
export function throwers(file) {
  const { program } = parseSync(file, fs.readFileSync(path.join(root, file), 'utf8'));
  const declared = program.body.map((node) => node.declaration ?? node);
  return declared.flatMap(({ type, id, body }) => {
    if (type === 'FunctionDeclaration') return throws(body) ? [id.name] : [];
    if (type !== 'ClassDeclaration') return [];
    return body.body
      .filter((member) => member.type === 'MethodDefinition' && throws(member.value.body))
      .map((member) => `${id.name}.${member.key.name}`);
  });
}
