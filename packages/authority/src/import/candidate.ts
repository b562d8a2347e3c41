/** What an import reads from a source, before the record has its say. */
import type { Row } from './record.ts';

/** Rows of one thing: they share an entry number, so it counts once. */
export interface Candidate {
  /** File, or file and line: kept in the record. */
  source: string;
  rows: Row[];
  /** Where the author says which entry it is. */
  entry?: number;
  /** Why a part of it was left out. */
  partly?: string;
}

export interface Refusal {
  source: string;
  why: string;
}
