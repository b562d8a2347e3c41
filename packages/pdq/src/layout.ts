/** How one kind of index stores and searches its rows. */
export interface Layout {
  /** Takes rows that wait at `kernel.rowsIn()`. */
  lay(first: number, count: number): void;
  buildSlice(): boolean;
  /** Calls `found(i)` when answers to query i wait at `kernel.answers()`; queries wait at `kernel.queries()`. */
  search(queryCount: number, maxDistance: number, found: (query: number) => void): void;
}
