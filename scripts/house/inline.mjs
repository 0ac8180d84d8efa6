/** @file Puts scripts, styles and links into an HTML file, so that it needs nothing beside it. */
import fs from 'node:fs';
import path from 'node:path';
import { Failure } from './command.mjs';
import { root } from './paths.mjs';

const templates = path.join(root, 'notebooks', 'template');
const TAG = /<(script|style) data-from="([^"]+)"><\/\1>/g;

function readSource(from) {
  const file = from.startsWith('./')
    ? path.join(templates, from)
    : path.join(root, 'node_modules', ...from.split('/'));
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    throw new Failure(`${from} is not there`, 'npm ci brings the packages back, then run it again');
  }
}

/** A script that says "</script>" or opens a comment in a string would end, or swallow, the page around it. */
function safe(kind, text) {
  if (kind === 'style') return text.replace(/<\/style/gi, '<\\/style');
  return text.replace(/<\/script/gi, '<\\/script').replaceAll('<!--', '<\\!--');
}

/** The page with each `data-from` filled in: `./file` of notebooks/template, else a file of an npm package. */
export function inline(html) {
  return html.replace(TAG, (_, kind, from) => `<${kind}>${safe(kind, readSource(from))}</${kind}>`);
}

const TYPES = { '.svg': 'image/svg+xml', '.png': 'image/png', '.jpg': 'image/jpeg', '.gif': 'image/gif' };

/**
 * The page with its pictures inside it, each from the first of the folders that has it. nbconvert's own
 * --embed-images closes an open <details> of the same cell too early.
 */
export function embedPictures(html, folders) {
  return html.replace(/(<img\b[^>]*?\bsrc=")(?!data:)([^"]+)"/g, (_, before, src) => {
    const type = TYPES[path.extname(src).toLowerCase()];
    const places = folders.map((folder) => path.join(folder, decodeURIComponent(src)));
    const file = places.find((place) => fs.existsSync(place));
    if (type === undefined || file === undefined)
      throw new Failure(
        `a notebook shows the picture ${src}, which is not a file beside it`,
        `save it in notebooks/img (${Object.keys(TYPES).join(', ')}): the page must not need a network`,
      );
    return `${before}data:${type};base64,${fs.readFileSync(file).toString('base64')}"`;
  });
}

/** The page with its links to other notebooks leading to their pages. */
export function relink(html, names) {
  return html.replace(/href="([^"/:#]+)\.ipynb(#[^"]*)?"/g, (link, name, hash = '') =>
    names.includes(name) ? `href="${name}.html${hash}"` : link,
  );
}
