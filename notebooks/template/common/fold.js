/** The button in the corner of a code cell folds it to its first line. */
(() => {
  function fold(input, folded) {
    input.classList.toggle('folded', folded);
    input.querySelector('.fold').setAttribute('aria-expanded', String(!folded));
    input.dispatchEvent(new CustomEvent('fold', { bubbles: true }));
  }

  for (const input of document.querySelectorAll('.input')) {
    const lines = input.querySelector('pre').textContent.trimEnd().split('\n').length;
    const button = input.querySelector('.fold');
    if (lines < 2) button.remove();
    else button.dataset.lines = `${lines} lines`;
    button.addEventListener('click', () => fold(input, !input.classList.contains('folded')));
  }

  /** Folds all code inside `element`, or unfolds it where all is folded. */
  window.foldAll = (element) => {
    const inputs = [...element.querySelectorAll('.input')].filter((input) => input.querySelector('.fold'));
    const folded = inputs.some((input) => !input.classList.contains('folded'));
    for (const input of inputs) fold(input, folded);
  };
})();
