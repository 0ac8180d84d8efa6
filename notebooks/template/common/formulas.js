/** Typesets the formulas, and keeps each with the bracket or the stop that stands beside it. */
(() => {
  const OPENS = /[([„“"'—]$/;
  const CLOSES = /^[)\].,;:!?”"'’]+/;

  function glue(formula) {
    const { previousSibling: before, nextSibling: after } = formula;
    const opening = before?.nodeType === Node.TEXT_NODE ? OPENS.exec(before.data)?.[0] : undefined;
    const closing = after?.nodeType === Node.TEXT_NODE ? CLOSES.exec(after.data)?.[0] : undefined;
    if (opening === undefined && closing === undefined) return;
    const glued = document.createElement('span');
    glued.className = 'glued';
    formula.replaceWith(glued);
    if (opening) before.data = before.data.slice(0, -opening.length);
    if (closing) after.data = after.data.slice(closing.length);
    glued.append(opening ?? '', formula, closing ?? '');
  }

  window.typeset = async () => {
    await MathJax.startup.promise;
    await MathJax.typesetPromise();
    document.querySelectorAll('mjx-container:not([display])').forEach(glue);
  };
})();
