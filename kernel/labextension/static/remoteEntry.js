/**
 * The JupyterLab side of our plots: a module federation container written by hand, so that installing it is
 * copying a folder. It renders application/vnd.d2l.plot+json with plotly.js, in place: plotly's own extension
 * ignores update_display_data (plotly/plotly.py#3053).
 */
(() => {
  const MIME = 'application/vnd.d2l.plot+json';
  const SVG = 'image/svg+xml';
  const base = document.currentScript.src.replace(/[^/]*$/, '');
  /** Part of the page's time that drawing one live plot may take: the model trains on the same machine. */
  const SHARE = 0.065;
  /** However slow the page, a plot is at most this old, milliseconds. */
  const LONGEST_GAP = 500;
  let shared;
  let plotly;

  /** JupyterLab's own copy of a module. */
  async function fromLab(name) {
    const versions = shared[name];
    const newest = Object.keys(versions)
      .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
      .pop();
    return (await versions[newest].get())();
  }

  /** plotly.js, loaded once for the page and only when a figure is there to be drawn. */
  function loadPlotly() {
    plotly ??= new Promise((resolve, reject) => {
      const theirs = window.Plotly; // a page may have a plotly of its own
      const script = document.createElement('script');
      script.src = `${base}plotly.min.js`;
      script.onload = () => {
        const ours = window.Plotly;
        if (theirs) window.Plotly = theirs;
        resolve(ours);
      };
      script.onerror = () => {
        plotly = undefined; // the next figure tries again
        reject(new Error(`cannot load ${script.src}`));
      };
      document.head.appendChild(script);
    });
    return plotly;
  }

  /** The colours of JupyterLab's theme, as they are now. */
  function theme() {
    const style = getComputedStyle(document.body);
    const read = (name, fallback) => style.getPropertyValue(name).trim() || fallback;
    return {
      paper: 'rgba(0,0,0,0)',
      ink: read('--jp-content-font-color1', '#333'),
      faint: read('--jp-border-color2', '#e0e0e0'),
      line: read('--jp-border-color1', '#888'),
      card: read('--jp-layout-color1', '#fff'),
      font: read('--jp-ui-font-family', 'sans-serif'),
    };
  }

  /** The figure's layout in the page's colours, no wider than there is room. */
  function themed(layout, room) {
    const colors = theme();
    const wide = layout.width ?? 420;
    const axis = (given) => ({
      ...given,
      gridcolor: colors.faint,
      linecolor: colors.line,
      tickcolor: colors.line,
    });
    return {
      ...layout,
      images: [], // an untrusted notebook must not make the page fetch anything
      width: room > 0 ? Math.max(160, Math.min(wide, room)) : wide,
      paper_bgcolor: colors.paper,
      plot_bgcolor: colors.paper,
      font: { ...layout.font, color: colors.ink, family: colors.font },
      hoverlabel: { bgcolor: colors.card, bordercolor: colors.line, font: { color: colors.ink } },
      modebar: { ...layout.modebar, bgcolor: colors.paper, color: colors.line, activecolor: colors.ink },
      xaxis: axis(layout.xaxis),
      yaxis: axis(layout.yaxis),
    };
  }

  const views = new Set();
  new MutationObserver(() => views.forEach((view) => view.schedule())).observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light'],
  });

  async function createView() {
    const { Widget } = await fromLab('@lumino/widgets');

    return class PlotView extends Widget {
      constructor() {
        super();
        this.addClass('d2l-Plot');
        this.node.style.padding = '4px 0';
        this.node.style.overflow = 'hidden';
        this.node.setAttribute('role', 'img');
        views.add(this);
      }

      /** Called by JupyterLab for the first bundle and for each update of it. */
      async renderModel(model) {
        this.spec = model.data[MIME];
        this.node.setAttribute('aria-label', String(model.data['text/plain'] ?? 'figure'));
        if (this.plot === undefined) this.showPicture(model.data[SVG]);
        try {
          this.plotly = await loadPlotly();
        } catch (error) {
          this.explain(`${error.message}. Run "d2l-ts install" again to mend the plots`);
          return;
        }
        this.schedule();
      }

      /** The SVG twin stands in until plotly.js has arrived. */
      showPicture(svg) {
        if (typeof svg !== 'string') return;
        this.picture ??= this.node.appendChild(document.createElement('img'));
        this.picture.alt = this.node.getAttribute('aria-label');
        this.picture.style.maxWidth = '100%';
        // the card is white: turned to dark it keeps its hues
        const dark = document.body.dataset.jpThemeLight === 'false';
        this.picture.style.filter = dark ? 'invert(0.93) hue-rotate(180deg)' : '';
        this.picture.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
      }

      /** Says why there is no live plot, under the static picture if there is one. */
      explain(reason) {
        this.note ??= this.node.appendChild(document.createElement('div'));
        const what = this.picture ? 'this is the static picture' : this.node.getAttribute('aria-label');
        this.note.textContent = `${reason}; ${what}`;
        this.note.style.cssText = 'color: var(--jp-error-color1); white-space: pre-wrap';
      }

      /** Asks for a drawing as soon as it is due; the updates until then are drawn as one. */
      schedule() {
        if (this.plotly === undefined || this.waiting || this.isDisposed) return;
        this.waiting = true;
        const gap = Math.min(LONGEST_GAP, (this.cost ?? 0) / SHARE);
        const wait = Math.max(0, (this.drawn ?? -Infinity) + gap - performance.now());
        setTimeout(() => requestAnimationFrame(() => this.paint()), wait);
      }

      async paint() {
        this.waiting = false;
        if (this.isDisposed) return;
        const started = performance.now();
        const first = this.plot === undefined;
        this.plot ??= this.node.appendChild(document.createElement('div'));
        try {
          const done = this.draw();
          this.drawn = performance.now();
          // the first drawing compiles plotly.js: it says nothing about the next
          this.cost = first ? 0 : 0.7 * this.cost + 0.3 * (this.drawn - started);
          await done;
        } catch (error) {
          this.explain(`cannot draw this figure (${error.message})`);
          return;
        }
        this.picture?.remove();
        this.note?.remove();
        this.picture = this.note = undefined;
        this.node.dataset.draws = String(Number(this.node.dataset.draws ?? 0) + 1);
      }

      draw() {
        const { data, layout, config } = this.spec;
        const settings = { ...config, displaylogo: false, responsive: false, plotlyServerURL: '' };
        return this.plotly.react(this.plot, data, themed(layout, this.room()), settings);
      }

      /** Pixels free for the figure; 0 while the notebook is hidden. */
      room() {
        return this.node.clientWidth;
      }

      onAfterAttach() {
        this.schedule();
      }

      onAfterShow() {
        this.schedule();
      }

      onResize() {
        if (this.room() !== this.lastRoom) this.schedule();
        this.lastRoom = this.room();
      }

      dispose() {
        if (this.isDisposed) return;
        views.delete(this);
        if (this.plot !== undefined) this.plotly?.purge(this.plot);
        super.dispose();
      }
    };
  }

  async function mimeExtension() {
    const PlotView = await createView();
    return {
      __esModule: true, // JupyterLab takes the default export only with this mark
      default: {
        id: 'd2l-ts-plot:factory',
        rank: 1, // before plotly's own renderer, which has 2
        dataType: 'json',
        rendererFactory: { safe: true, mimeTypes: [MIME], createRenderer: () => new PlotView() },
      },
    };
  }

  (window._JUPYTERLAB ??= {})['d2l-ts-plot'] = {
    init(scope) {
      shared = scope;
    },
    async get(name) {
      if (name !== './mimeExtension') throw new Error(`d2l-ts-plot has no module ${name}`);
      const module = await mimeExtension();
      return () => module;
    },
  };
})();
