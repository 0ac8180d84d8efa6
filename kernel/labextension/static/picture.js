/**
 * Draws an SVG text into the page, in the same nodes again and again: what has not changed is not touched. Only shapes and
 * text get through, since the text may come from a notebook that nobody trusts.
 */
const NAMESPACE = 'http://www.w3.org/2000/svg';
const TAGS = new Set(['svg', 'g', 'path', 'rect', 'circle', 'text']);
const ATTRIBUTES = new Set(
  'x y cx cy r rx d dy width height viewBox overflow transform fill stroke stroke-width stroke-linejoin stroke-dasharray font-size text-anchor shape-rendering'.split(
    ' ',
  ),
);
/** The library draws on a white card; here the page's theme is the card. */
const INKS = {
  'fill #fff': 'none',
  'fill #333': 'var(--jp-content-font-color1)',
  'stroke #e6e6e6': 'var(--jp-border-color2)',
  'stroke #888': 'var(--jp-border-color1)',
};

/** Makes `host` show the picture. @returns false, and changes nothing, when the text is no SVG */
export function drawPicture(host, text) {
  const wanted = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  if (wanted.nodeName !== 'svg') return false;
  merge(host, [wanted]);
  const picture = host.firstChild;
  picture.setAttribute('aria-hidden', 'true'); // the host has the words
  picture.style.cssText = 'display: block; max-width: 100%; height: auto; font-family: var(--jp-ui-font-family)';
  return true;
}

function merge(host, wanted) {
  let at = host.firstChild;
  for (const node of wanted) {
    if (node.nodeType !== Node.TEXT_NODE && !TAGS.has(node.nodeName)) continue;
    if (at?.nodeName !== node.nodeName) {
      const made = node.nodeType === Node.TEXT_NODE ? document.createTextNode('') : document.createElementNS(NAMESPACE, node.nodeName);
      at = host.insertBefore(made, at);
    }
    if (node.nodeType === Node.TEXT_NODE) {
      if (at.data !== node.data) at.data = node.data;
    } else {
      mergeAttributes(at, node);
      merge(at, node.childNodes);
    }
    at = at.nextSibling;
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function mergeAttributes(node, wanted) {
  for (const { name } of [...node.attributes]) if (!wanted.hasAttribute(name)) node.removeAttribute(name);
  for (const { name, value } of wanted.attributes) {
    if (!ATTRIBUTES.has(name) || value.includes('url(')) continue;
    const shown = INKS[`${name} ${value}`] ?? value;
    if (node.getAttribute(name) !== shown) node.setAttribute(name, shown);
  }
}
