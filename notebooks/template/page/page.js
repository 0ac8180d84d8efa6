/** Formulas, the list of sections, and each figure as it comes into view. */
(async () => {
  const list = document.querySelector('nav ol');
  for (const heading of document.querySelectorAll('main h2')) {
    const link = document.createElement('a');
    link.href = `#${heading.id}`;
    link.textContent = heading.textContent;
    list.append(document.createElement('li'));
    list.lastChild.append(link);
  }
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) if (isIntersecting) drawFigures(target.parentElement);
  });
  for (const figure of document.querySelectorAll('figure.plot')) seen.observe(figure);
  await typeset();
  document.body.dataset.ready = 'true';
})();
