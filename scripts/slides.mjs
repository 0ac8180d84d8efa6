/** @file `npm run slides`: each notebook as a reveal.js deck in one file that needs no network. */
import { isMain, main } from './house/command.mjs';
import { publish } from './house/publish.mjs';

const HELP = `npm run slides [-- [pattern] [--from DIR] [--out DIR]]
  pattern     only the notebooks with this in their name
  --from DIR  the notebooks of another folder, such as artifacts/notebooks
  --out DIR   where to write them (artifacts/slides)
In a deck: S opens the speaker's window, C folds the code, ? lists the keys; NAME.html?print-pdf prints it.`;

const slides = () =>
  publish({
    template: 'slides',
    folder: 'slides',
    title: 'Slides',
    about: 'One deck per notebook; each is a single file. Press ? in a deck for its keys.',
    help: HELP,
  });

if (isMain(import.meta.url)) await main(slides);
