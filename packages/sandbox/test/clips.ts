/** The catalogue of the clips that `fixtures/make-copies.ts` makes, as `clip-server.ts` hands it to tests. */

export interface Copy {
  readonly codec: string;
  readonly container: string;
  readonly edit: string;
  readonly file: string;
}

export type Clips =
  | {
      readonly folder: string;
      /** The hashes of the listed clip's frames, as hex. */
      readonly rows: readonly string[];
      readonly copies: readonly Copy[];
      /** Files of other videos. */
      readonly unrelated: readonly string[];
    }
  | { readonly missing: string };
