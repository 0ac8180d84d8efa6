/** Starts the deck: formulas first, then each slide is fitted, then reveal.js takes over. */
(async () => {
  const sections = [...document.querySelectorAll('section.page')];

  /** A slide without a heading of its own continues the one before: it says which. */
  function addRunningHeads() {
    let head = '';
    for (const section of sections) {
      const own = section.querySelector('h1, h2');
      if (own) head = own.textContent;
      else if (head) {
        const running = document.createElement('p');
        running.className = 'running';
        running.textContent = head;
        section.querySelector('.sheet').prepend(running);
      }
    }
  }

  function fitAll() {
    document.body.classList.add('measuring');
    for (const section of sections) fitSlide(section);
    document.body.classList.remove('measuring');
  }

  /** Notes belong to the whole slide, not to its last fragment, and must read well without this page's styles. */
  function gatherNotes() {
    for (const notes of document.querySelectorAll('aside.notes')) {
      notes.querySelectorAll('mjx-assistive-mml').forEach((copy) => copy.remove());
      notes.closest('section').append(notes);
    }
  }

  function refit(event) {
    const section = event.target.closest('section.page');
    if (section) fitSlide(section);
  }

  addRunningHeads();
  await typeset();
  gatherNotes();
  fitAll();
  const ready = Reveal.initialize({
    width: 1280,
    height: 720,
    margin: 0,
    minScale: 0.1,
    maxScale: 4,
    center: false,
    hash: true,
    slideNumber: 'c/t',
    transition: 'none',
    backgroundTransition: 'none',
    controlsTutorial: false,
    pdfSeparateFragments: false,
    pdfMaxPagesPerSlide: 1,
    scrollActivationWidth: null,
    plugins: [RevealNotes],
  });
  const show = ({ currentSlide }) => drawFigures(currentSlide);
  Reveal.on('ready', show);
  Reveal.on('slidechanged', show);
  await ready;
  Reveal.addKeyBinding({ keyCode: 67, key: 'C', description: 'Fold or unfold the code' }, () =>
    foldAll(Reveal.getCurrentSlide()),
  );
  document.addEventListener('fold', refit);
  // toggle does not bubble
  document.addEventListener('toggle', refit, true);
  document.body.dataset.ready = 'true';
})();
