/**
 * The contract between an import format and `importList`: a format reads a source and yields entries. It knows nothing of
 * the list, so the list's record alone decides what is new. Spec: docs/design/authority.md#import
 */
import { LodestoneError } from '@lodestone/protocol/error';
import type { Row } from './import-record.ts';

/** What `lodestone-authority import` was given. */
export interface Source {
  path: string;
  isFolder: boolean;
}

export interface ReadOptions {
  /** Also list the SHA-256 of each file. Only formats that read files of pictures or videos use it. */
  exact: boolean;
  /** Also list the hashes of each picture's crops, as `hashCrops` of `@lodestone/pdq` gives them. Only formats that read pictures use it. */
  crops: boolean;
  /** Also rank the subsets by which a picture's row is locked. Only formats that read pictures use it. */
  ranked: boolean;
}

export interface ImportFormat {
  /** Shown in the help of `import`. */
  description: string;
  accepts(source: Source): boolean;
  /** @throws {LodestoneError} `ERR_IMPORT` if the source as a whole cannot be read; nothing is imported then */
  read(source: Source, options: ReadOptions): AsyncIterable<ImportItem>;
}

/** Rows that share one entry number, so that they count as one match, or the reason why nothing was imported. */
export type ImportItem = ImportEntry | Refusal;

export interface ImportEntry {
  /** File, or file and line. Kept in the record. */
  source: string;
  rows: Row[];
  /** The entry number, if the source assigns one. */
  entry?: number;
  /** Why a part was refused while the rest is imported. */
  partlyRefused?: string;
}

export interface Refusal {
  source: string;
  why: string;
}

/** The error of an item that cannot be listed. */
export function importError(why: string, options?: ErrorOptions): LodestoneError<'ERR_IMPORT'> {
  return new LodestoneError('ERR_IMPORT', why, options);
}

/** The reason in an `importError`. Any other error is rethrown. */
export function refusalReason(error: unknown): string {
  if (error instanceof LodestoneError && error.code === 'ERR_IMPORT') return error.message;
  throw error;
}
