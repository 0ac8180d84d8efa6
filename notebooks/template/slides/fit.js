/**
 * Makes each slide fit its 1280 x 720 sheet: code beside its figure where there is room, then one density from
 * 0 (roomy) to 1 (dense) for the sizes of the whole slide. What does not fit then may scroll, and says so.
 */
(() => {
  const HEIGHT = 720;
  const STEPS = 10;
  /** The narrowest figure that is worth a column of its own, pixels. */
  const COLUMN = 430;
  const GAP = 28;
  const SMALLEST_CODE = 13;

  /** The width of the code in this cell at its present size. */
  function codeWidth(cell) {
    const pre = cell.querySelector('.input pre');
    return pre === null ? 0 : pre.scrollWidth;
  }

  /** Code and figure side by side, where the longest line leaves the figure a column. */
  function arrange(section) {
    for (const cell of section.querySelectorAll('.cell.code')) {
      cell.classList.remove('beside');
      const input = cell.querySelector('.input');
      if (input === null || cell.querySelector('.plot, .outputs img') === null) continue;
      input.style.width = 'max-content';
      const free = cell.clientWidth - input.offsetWidth - GAP;
      input.style.width = '';
      if (free >= COLUMN && !input.classList.contains('folded')) cell.classList.add('beside');
    }
  }

  /** One size of code for the slide, at which its longest line fits; a line too long even then is broken. */
  function sizeCode(section) {
    section.style.removeProperty('--code-size');
    section.classList.remove('wraps');
    const pres = [...section.querySelectorAll('.input pre')];
    const ratio = Math.min(1, ...pres.map((pre) => pre.clientWidth / pre.scrollWidth));
    if (ratio === 1) return;
    const base = parseFloat(getComputedStyle(pres[0]).fontSize);
    const size = Math.max(SMALLEST_CODE, Math.floor(base * ratio * 10) / 10 - 0.1);
    section.style.setProperty('--code-size', `${size}px`);
    if (pres.some((pre) => pre.scrollWidth > pre.clientWidth)) section.classList.add('wraps');
  }

  function fits(section) {
    const sheet = section.querySelector('.sheet');
    return sheet.offsetHeight <= HEIGHT && sheet.scrollWidth <= sheet.clientWidth;
  }

  /** Fits one slide anew; its density and what else was done are in its dataset. */
  function fit(section) {
    section.classList.remove('scrolls');
    for (let step = 0; step <= STEPS; step++) {
      section.style.setProperty('--density', String(step / STEPS));
      arrange(section);
      sizeCode(section);
      section.dataset.density = String(step / STEPS);
      if (fits(section)) return;
    }
    section.classList.add('scrolls');
  }

  window.fitSlide = fit;
})();
