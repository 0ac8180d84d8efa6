/** How long the rest of some work will take, judged by the part that was done since the first report. */
export class Pace {
  #start: { at: number; done: number } | undefined;

  /** @param now the time in milliseconds; a test holds it in its hand */
  constructor(readonly now: () => number = () => performance.now()) {}

  /**
   * Takes note that a share of the work is done.
   *
   * @returns the seconds left; undefined at the first report, whose step may have had to be recorded first.
   */
  left(done: number): number | undefined {
    const at = this.now();
    this.#start ??= { at, done };
    const share = done - this.#start.done;
    return share > 0 ? (((at - this.#start.at) / share) * (1 - done)) / 1000 : undefined;
  }

  /** As `left`, for a sentence: `, 8 s left`, or nothing where it is not known or nothing is left. */
  phrase(done: number): string {
    const left = this.left(done);
    return left === undefined || left <= 0 ? '' : `, ${duration(left)} left`;
  }
}

/** Seconds as people say them: `8 s`, `2 min 5 s`, `1 h 3 min`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes} min ${whole % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
