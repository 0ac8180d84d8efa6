/**
 * Makes each slide fit its 1280 x 720 sheet: code beside its figure where there is room, then one density from
 * 0 (roomy) to 1 (dense) for the sizes of the whole slide. What does not fit then may scroll, and says so.
 */
(() => {
  const HEIGHT = 720;
  const STEPS = 10;
  /** The narrowest column for a figure beside its code, pixels: on a roomy slide, and on a dense one. */
  const WIDE = 430;
  const NARROW = 350;
  const GAP = 28;
  const SMALLEST_CODE = 13;

  /** The width that the outputs of a cell need beside its code; a figure takes a column, text all it is wide. */
  function outputWidth(outputs, density) {
    if (outputs.querySelector('.plot, img')) return WIDE - (WIDE - NARROW) * density;
    outputs.style.width = 'max-content';
    const width = outputs.offsetWidth;
    outputs.style.width = '';
    return width;
  }

  /** Code and figure side by side where there is room; code and text only where the slide is short of it. */
  function arrange(section, density) {
    for (const cell of section.querySelectorAll('.cell.code')) {
      cell.classList.remove('beside');
      const input = cell.querySelector('.input:not(.folded)');
      const outputs = cell.querySelector('.outputs');
      if (input === null || outputs === null) continue;
      if (density === 0 && outputs.querySelector('.plot, img') === null) continue;
      input.style.width = 'max-content';
      const free = cell.clientWidth - input.offsetWidth - GAP;
      input.style.width = '';
      cell.classList.toggle('beside', free >= outputWidth(outputs, density));
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
      const density = step / STEPS;
      section.style.setProperty('--density', String(density));
      section.dataset.density = String(density);
      arrange(section, density);
      sizeCode(section);
      if (fits(section)) return;
    }
    section.classList.add('scrolls');
  }

  window.fitSlide = fit;
})();
