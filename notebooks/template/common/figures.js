/** Turns the static pictures into plotly's live figures, in the same place and at the same size. */
(() => {
  const PAPER = 'rgba(0,0,0,0)';
  const INK = '#24303c';
  const LINE = '#b9c3cc';

  /** The figure's layout on the page's own paper; nothing in it may make the page fetch anything. */
  function quiet(layout) {
    return {
      ...layout,
      width: layout.width ?? 420,
      height: layout.height ?? 300,
      autosize: false,
      images: [],
      paper_bgcolor: PAPER,
      plot_bgcolor: PAPER,
      hoverlabel: { bgcolor: '#fff', bordercolor: LINE, font: { color: INK } },
      modebar: { ...layout.modebar, bgcolor: PAPER, color: LINE, activecolor: INK },
    };
  }

  /** plotly draws at its own size and is scaled as a whole, so that nothing moves when it replaces the picture. */
  function rescale(figure, host, layout) {
    const scale = figure.clientWidth / layout.width;
    if (scale > 0) host.style.transform = `scale(${scale})`;
  }

  async function draw(figure) {
    if (figure.dataset.state !== undefined) return;
    figure.dataset.state = 'drawing';
    const { data, layout, config } = JSON.parse(figure.querySelector('script').textContent);
    const sized = quiet(layout);
    const host = document.createElement('div');
    host.className = 'live';
    host.setAttribute('role', 'img');
    host.setAttribute('aria-label', figure.querySelector('img')?.alt ?? 'figure');
    figure.append(host);
    try {
      await Plotly.newPlot(host, data, sized, { ...config, displaylogo: false, plotlyServerURL: '' });
    } catch (error) {
      // The static picture stays; the reason is for whoever made the page.
      host.remove();
      figure.dataset.state = 'static';
      console.error(`plotly cannot draw this figure (${error.message}): its static picture stays`);
      return;
    }
    rescale(figure, host, sized);
    new ResizeObserver(() => rescale(figure, host, sized)).observe(figure);
    figure.dataset.state = 'live';
  }

  /** Draws all figures inside `element`. */
  window.drawFigures = (element) =>
    Promise.all([...element.querySelectorAll('figure.plot')].map((figure) => draw(figure)));

  for (const figure of document.querySelectorAll('figure.plot')) {
    const { layout } = JSON.parse(figure.querySelector('script').textContent);
    figure.style.setProperty('--ratio', (layout.width ?? 420) / (layout.height ?? 300));
  }
})();
