/**
 * Makes each slide fit its 1280 x 720 sheet: code beside its figure where there is room, then one density from
 * 0 (roomy) to 1 (dense) for the sizes of the whole slide. What does not fit then may scroll, and says so.
 */
(() => {
  const HEIGHT = 720;
  const STEPS = 10;
  /** The narrowest column for a figure beside its code, pixels: on a roomy slide, and on a dense one. */
  const WIDE = 430;
  const NARROW = 330;
  const USUAL_RATIO = 1.4;
  const GAP = 28;
  const SMALLEST_CODE = 12.5;

  /** The width that the outputs of a cell need beside its code: figures by their shape, text all it is wide. */
  function outputWidth(outputs, density) {
    const [figure, another] = outputs.querySelectorAll('.plot, .output img');
    if (another) return Infinity;
    if (figure) {
      const ratio = Number(figure.style.getPropertyValue('--ratio')) || USUAL_RATIO;
      // a wide figure wants the area of a usual one
      return (WIDE - (WIDE - NARROW) * density) * Math.sqrt(Math.max(1, ratio / USUAL_RATIO));
    }
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

  /** One size of code for the slide, at which its longest line fits; where that is too small, lines are broken. */
  function sizeCode(section) {
    section.style.removeProperty('--code-size');
    section.classList.remove('wraps');
    const pres = [...section.querySelectorAll('.input pre')];
    const ratio = Math.min(1, ...pres.map((pre) => pre.clientWidth / pre.scrollWidth));
    if (ratio === 1) return;
    const size = Math.floor(parseFloat(getComputedStyle(pres[0]).fontSize) * ratio * 10) / 10 - 0.1;
    if (size < SMALLEST_CODE) section.classList.add('wraps');
    else section.style.setProperty('--code-size', `${size}px`);
  }

  function markLongOutputs(section) {
    for (const output of section.querySelectorAll('.output'))
      output.classList.toggle('long', output.scrollHeight > output.clientHeight + 1);
  }

  function fits(section) {
    const sheet = section.querySelector('.sheet');
    return sheet.offsetHeight <= HEIGHT && sheet.scrollWidth <= sheet.clientWidth;
  }

  /** The least density at which the slide fits, if any. */
  function settle(section) {
    for (let step = 0; step <= STEPS; step++) {
      const density = step / STEPS;
      section.style.setProperty('--density', String(density));
      section.dataset.density = String(density);
      arrange(section, density);
      sizeCode(section);
      if (fits(section)) return true;
    }
    return false;
  }

  /** Fits one slide anew; its density is in its dataset. */
  window.fitSlide = (section) => {
    section.classList.toggle('scrolls', !settle(section));
    markLongOutputs(section);
  };
})();
