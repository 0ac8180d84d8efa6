/** A file inside an archive. */
export interface Entry {
  /** Its path with `/`, relative to the archive's root. */
  readonly name: string;
  /** Its contents, unpacked when asked for. */
  readonly read: () => Buffer;
}

/** An archive that unpacks to more bytes than this is refused, however small it is itself. */
export const MOST = 2 ** 31 - 1;
