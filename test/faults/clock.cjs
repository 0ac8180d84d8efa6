/** Makes the clock of this process jump by the milliseconds that the file in FAULTS_CLOCK names. */
const { readFileSync } = require('node:fs');
const RealDate = Date;

const jump = () => Number(readFileSync(process.env.FAULTS_CLOCK, 'utf8'));

globalThis.Date = class extends RealDate {
  constructor(...parts) {
    if (parts.length) super(...parts);
    else super(RealDate.now() + jump());
  }
  static now() {
    return RealDate.now() + jump();
  }
};
