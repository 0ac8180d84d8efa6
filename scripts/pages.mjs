/** @file `npm run pages`: each notebook as one HTML page to read, without a network. */
import { isMain, main } from './house/command.mjs';
import { publish } from './house/publish.mjs';

const HELP = `npm run pages [-- [pattern] [--from DIR] [--out DIR]]
  pattern     only the notebooks with this in their name
  --from DIR  the notebooks of another folder, such as artifacts/notebooks
  --out DIR   where to write them (artifacts/pages)`;

const pages = () =>
  publish({
    template: 'page',
    folder: 'pages',
    title: 'Notebooks',
    about: 'The lecture as pages to read, with code, figures and results. Each is a single file.',
    help: HELP,
  });

if (isMain(import.meta.url)) await main(pages);
