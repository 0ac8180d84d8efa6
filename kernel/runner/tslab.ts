/** @file tslab's display API inside our cells: its writer is a variable of its own module, set here. */
import type { MimeBundle } from './ipc.js';

interface TslabJupyter {
  lastWriteDisplayData:
    ((content: { data: MimeBundle; transient: { display_id?: string } }, update?: boolean) => void) | null;
}

/** Called when a cell has imported tslab. */
export function adoptTslab(
  require: NodeJS.Require,
  publish: (data: MimeBundle, options: { displayId?: string; update?: boolean }) => void,
): void {
  const jupyter = require('tslab/dist/jupyter.js') as TslabJupyter;
  jupyter.lastWriteDisplayData ??= ({ data, transient: { display_id } }, update = false) =>
    publish(data, { update, ...(display_id && { displayId: display_id }) });
}
