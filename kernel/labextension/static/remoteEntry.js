/**
 * The JupyterLab side of our figures and controls: a module federation container written by hand, so that installing
 * it is copying a folder. JupyterLab gets two renderers from it; each is a module of its own beside this file.
 */
(() => {
  const base = document.currentScript.src.replace(/[^/]*$/, '');
  /** The modules change with this file's name, or a browser would go on with the copies it keeps. */
  const version = /\.(\w+)\.js/.exec(document.currentScript.src)?.[1] ?? '';
  let shared;

  /** JupyterLab's own copy of a module. */
  async function fromLab(name) {
    const versions = shared[name];
    const newest = Object.keys(versions)
      .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
      .pop();
    return (await versions[newest].get())();
  }

  /** A renderer whose views are made by `define` of the module. */
  async function renderer(id, mimeType, file) {
    const { Widget } = await fromLab('@lumino/widgets');
    const { define } = await import(`${base}${file}?${version}`);
    const View = await define(Widget, base, version);
    return {
      id: `d2l-ts-plot:${id}`,
      rank: 1, // before plotly's own renderer, which has 2
      dataType: 'json',
      rendererFactory: { safe: true, mimeTypes: [mimeType], createRenderer: () => new View() },
    };
  }

  (window._JUPYTERLAB ??= {})['d2l-ts-plot'] = {
    init(scope) {
      shared = scope;
    },
    async get(name) {
      if (name !== './mimeExtension') throw new Error(`d2l-ts-plot has no module ${name}`);
      const extensions = await Promise.all([
        renderer('factory', 'application/vnd.d2l.plot+json', 'plot-view.js'),
        renderer('controls', 'application/vnd.d2l.controls+json', 'control-view.js'),
      ]);
      // JupyterLab takes the default export only with this mark
      return () => ({ __esModule: true, default: extensions });
    },
  };
})();
