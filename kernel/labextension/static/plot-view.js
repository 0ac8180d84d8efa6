/**
 * Figures of ours, drawn in place: plotly's own extension ignores update_display_data (plotly/plotly.py#3053). While a
 * curve grows the picture that comes with each bundle is shown, which takes the page a tenth of plotly.js's time;
 * plotly.js draws in its place when the last bundle is there, or the reader comes near.
 */
const MIME = 'application/vnd.d2l.plot+json';
/** Only the last bundle of a figure has it. */
const LAST = 'application/vnd.plotly.v1+json';
const SVG = 'image/svg+xml';
/** A curve that has not grown for so long is taken for the last, milliseconds: its kernel may be gone. */
const QUIET = 3000;
/** Part of the page's time that plotly.js may take for a curve that grows: the model trains on the same machine. */
const SHARE = 0.065;
/** The same for a finished figure, which changes when its reader moves a slider. */
const FINISHED_SHARE = 0.4;
/** However slow the page, a plot is at most this old, milliseconds. */
const LONGEST_GAP = 500;

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
    margin: { ...layout.margin, autoexpand: false }, // the picture's margins, or the curve would jump when plotly.js comes
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

/** What the picture says of itself. */
function sentenceOf(svg) {
  const label = /^<svg[^>]* aria-label="([^"]*)"/.exec(svg)?.[1];
  const plain = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
  return label?.replace(/&\w+;/g, (entity) => plain[entity] ?? entity);
}

let plotly;

/** plotly.js, loaded once for the page and only when a figure is there to be drawn. */
function loadPlotly(base) {
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

/** The widget that shows one figure; `base` is where plotly.js lies. */
export async function define(Widget, base, version) {
  const { drawPicture } = await import(`./picture.js?${version}`);
  const views = new Set();
  new MutationObserver(() => views.forEach((view) => view.schedule())).observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light'],
  });

  return class PlotView extends Widget {
    constructor() {
      super();
      this.addClass('d2l-Plot');
      this.node.style.cssText = 'padding: 4px 0; overflow: hidden';
      this.node.setAttribute('role', 'img');
      this.node.addEventListener('pointerenter', () => this.ask(), { once: true });
      views.add(this);
    }

    /** Called by JupyterLab for the first bundle and for each update of it. */
    async renderModel(model) {
      this.spec = model.data[MIME];
      this.svg = model.data[SVG];
      this.node.setAttribute('aria-label', sentenceOf(this.svg) ?? String(model.data['text/plain'] ?? 'figure'));
      clearTimeout(this.quiet);
      this.share = LAST in model.data ? FINISHED_SHARE : SHARE;
      if (LAST in model.data || typeof this.svg !== 'string') this.ask();
      else this.quiet = setTimeout(() => this.ask(), QUIET);
      this.schedule();
    }

    /** From now on plotly.js is to draw. */
    async ask() {
      if (this.plotly || this.isDisposed) return;
      try {
        this.plotly = await loadPlotly(base);
      } catch (error) {
        this.explain(`${error.message}. Run "d2l-ts install" again to mend the plots`);
      }
      this.schedule();
    }

    /** Asks for a drawing as soon as it is due; the updates until then are drawn as one. */
    schedule() {
      if (this.spec === undefined || this.waiting || this.isDisposed) return;
      this.waiting = true;
      const gap = this.plotly ? Math.min(LONGEST_GAP, (this.cost ?? 0) / this.share) : 0;
      const wait = Math.max(0, (this.drawn ?? -Infinity) + gap - performance.now());
      setTimeout(() => requestAnimationFrame(() => this.paint()), wait);
    }

    paint() {
      this.waiting = false;
      if (this.isDisposed) return;
      if (this.plotly) this.drawPlot();
      else this.showPicture();
      this.node.dataset.draws = String(Number(this.node.dataset.draws ?? 0) + 1);
    }

    showPicture() {
      if (typeof this.svg !== 'string') return;
      this.picture ??= this.node.insertBefore(document.createElement('div'), this.node.firstChild);
      drawPicture(this.picture, this.svg);
    }

    /** Says why there is no live plot, under the static picture if there is one. */
    explain(reason) {
      this.showPicture();
      this.note ??= this.node.appendChild(document.createElement('div'));
      const what = this.picture ? 'this is the static picture' : this.node.getAttribute('aria-label');
      this.note.textContent = `${reason}; ${what}`;
      this.note.style.cssText = 'color: var(--jp-error-color1); white-space: pre-wrap';
    }

    async drawPlot() {
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
        this.plot.remove();
        this.plot = undefined;
        this.explain(`cannot draw this figure (${error.message})`);
        return;
      }
      this.picture?.remove();
      this.note?.remove();
      this.picture = this.note = undefined;
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
      clearTimeout(this.quiet);
      views.delete(this);
      if (this.plot !== undefined) this.plotly?.purge(this.plot);
      super.dispose();
    }
  };
}
