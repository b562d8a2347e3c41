/** The catalogue of the clips that `fixtures/make-copies.ts` makes, as `clip-server.ts` hands it to tests. */

export interface Copy {
  readonly codec: string;
  readonly container: string;
  readonly edit: string;
  readonly file: string;
  /** Whether it is in the part that runs without `--long` check, and other engines than Chromium. */
  readonly isInPart: boolean;
}

export interface FoundClips {
  readonly folder: string;
  /** The hashes of the listed clip's frames, as hex. */
  readonly rows: readonly string[];
  readonly copies: readonly Copy[];
  /** Other videos. */
  readonly unrelated: readonly Pick<Copy, 'file' | 'isInPart'>[];
}

export type Clips = FoundClips | { readonly missing: string };
