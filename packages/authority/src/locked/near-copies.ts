/** Finds rows that are copies of one picture: all pairs at once, because a list has hundreds of thousands. Spec: docs/design/authority.md#locked-lists */
import { loadPdq } from '@lodestone/pdq';

/** Rows closer than this are copies of one picture. */
const COPY_BITS = 12;
/** Hashes that the index looks up in one pass. */
const BATCH = 64;

/**
 * @param wanted places of the rows whose copies are sought
 * @returns the place of a row → the places of its copies, itself left out; rows without copies are missing
 */
export async function findCopies(
  rows: readonly Uint8Array[],
  wanted: readonly number[],
): Promise<Map<number, number[]>> {
  const copies = new Map<number, number[]>();
  if (wanted.length === 0) return copies;
  const index = (await loadPdq()).createIndex({ rowCount: rows.length, kind: 'indexed' });
  for (const row of rows) index.fill(row);
  for (let from = 0; from < wanted.length; from += BATCH) {
    const places = wanted.slice(from, from + BATCH);
    const found = index.queryBatch(
      places.map((place) => rows[place] as Uint8Array),
      COPY_BITS,
    );
    for (const [i, place] of places.entries()) {
      const others = (found[i] ?? []).map(({ row }) => row).filter((row) => row !== place);
      if (others.length > 0) copies.set(place, others);
    }
  }
  return copies;
}
